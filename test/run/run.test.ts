import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import { command, fact, file, handler, lines, play, role, sh, site } from "../../engine/index.ts";
import type { RunEvent } from "../../engine/run/events.ts";
import { canSandbox } from "../helpers/sandbox.ts";
import { machines, roleOf } from "../helpers/site.ts";
import { newKey } from "../helpers/ssh-host.ts";

vi.stubEnv("SSH_AUTH_SOCK", "");

const motd = roleOf("motd", () => [file("/run/motd", { content: "hello\n" })]);
const broken = (...where: string[]) =>
  roleOf("broken", (host) => [
    command("broken", {
      check: sh`[ ${where.includes(host) ? "yes" : "no"} = no ] || exit 1`,
      run: sh`exit 9`,
    }),
    file("/run/behind", { content: "" }),
  ]);
const everywhere = site(play("all", [motd]));

const of = <Type extends RunEvent["type"]>(events: readonly RunEvent[], type: Type) =>
  events.filter((event): event is Extract<RunEvent, { type: Type }> => event.type === type);

describe.skipIf(!canSandbox)("the exit code of a run", () => {
  test("is 0 when all is done, 2 for a plan with changes, and 0 again when nothing is to do", async () => {
    const { run } = await machines({ "web-01": {}, "web-02": {} });
    expect((await run({ site: everywhere, mode: "check" })).code).toBe(2);
    expect((await run({ site: everywhere })).recap).toEqual([
      "web-01 done changed 1 execs 1",
      "web-02 done changed 1 execs 1",
    ]);
    expect(await run({ site: everywhere })).toMatchObject({
      code: 0,
      recap: ["web-01 done ok 1 execs 1", "web-02 done ok 1 execs 1"],
    });
    expect((await run({ site: everywhere, mode: "check" })).code).toBe(0);
  });

  test("is 3 when a resource fails, and the other hosts go on", async () => {
    const { run, boxes } = await machines({ "web-01": {}, "web-02": {} });
    const { code, recap } = await run({ site: site(play("all", [broken("web-01")]), play("all", [motd])) });
    expect(code).toBe(3);
    expect(recap).toEqual([
      "web-01 failed changed 1 failed 1 skipped 1 execs 1",
      "web-02 done ok 1 changed 2 execs 1",
    ]);
    expect(existsSync(join(boxes["web-02"]?.run ?? "", "../motd"))).toBe(true);
  });

  test("is 3 for a plan in which something could not be checked", async () => {
    const { run } = await machines({ "web-01": {} });
    const role = roleOf("odd", () => [command("odd", { check: sh`exit 4`, run: sh`:` })]);
    expect(await run({ site: site(play("all", [role])), mode: "check" })).toMatchObject({
      code: 3,
      recap: ["web-01 failed failed 1 execs 1"],
    });
  });

  test("is 4 when a host is unreachable, and the other hosts go on", async () => {
    const { run } = await machines({ "web-01": { down: true }, "web-02": {} });
    const { code, recap, events } = await run({ site: everywhere });
    expect([code, recap]).toEqual([4, ["web-01 unreachable skipped 1", "web-02 done changed 1 execs 1"]]);
    expect(of(events, "unreachable")[0]?.problem).toContain("nothing listens on its SSH port");
  });

  test("is 4 when a host is another than it was, and it is told nothing", async () => {
    const before = await machines({ "web-01": {} });
    await before.run({ site: everywhere });
    const known = readFileSync(".quintet/known_hosts", "utf8");
    writeFileSync(".quintet/known_hosts", known.replace(/ AAAA\S+/, ` ${newKey().public.split(" ")[1]}`));
    const told = before.hosts["web-01"]?.execs.length;
    const { code, events } = await before.run({ site: everywhere });
    expect(code).toBe(4);
    expect(of(events, "unreachable")[0]?.problem).toContain("shows another host key");
    expect(before.hosts["web-01"]?.execs.length).toBe(told);
  });

  test("is 4 when the connection is lost on the way, and the other hosts go on", async () => {
    const { run, hosts } = await machines({ "web-01": {}, "web-02": {} });
    const slow = roleOf("slow", () => [
      command("slow", { check: sh`[ -e /run/slow ] || exit 1`, run: sh`sleep 0.3; touch /run/slow` }),
    ]);
    const { code, recap, events } = await run({ site: site(play("all", [motd, slow])) }, (event) => {
      if (event.type === "start" && event.host === "web-01" && event.resource === "command[slow]")
        hosts["web-01"]?.drop();
    });
    expect([code, recap]).toEqual([
      4,
      ["web-01 lost changed 1 skipped 1 execs 1", "web-02 done changed 2 execs 1"],
    ]);
    expect(of(events, "lost")[0]?.problem).toContain("connection lost");
  });

  test("is 4 when a host falls silent, and the other hosts go on", async () => {
    const { run } = await machines({ "web-01": {}, "web-02": {} });
    const mute = roleOf("mute", (host) => [
      command("mute", { check: sh`[ ${host} != web-01 ] || exec sleep 30`, run: sh`:` }),
    ]);
    const { code, recap, events } = await run({ site: site(play("all", [mute])), silence: 3 });
    expect([code, recap]).toEqual([4, ["web-01 lost skipped 1 execs 1", "web-02 done ok 1 execs 1"]]);
    expect(of(events, "lost")[0]?.problem).toBe("no sign of it for 3 s");
  });

  test("is 5 when another run holds a host, and says which", async () => {
    const { run, boxes } = await machines({ "web-01": {} });
    const go = join(boxes["web-01"]?.run ?? "", "../go");
    const slow = site(
      play("all", [
        roleOf("slow", () => [
          command("slow", {
            check: sh`[ -e /run/go ] || exit 1`,
            run: sh`while [ ! -e /run/go ]; do sleep 0.05; done`,
          }),
        ]),
      ]),
    );
    let second: Awaited<ReturnType<typeof run>> | undefined;
    let asked: Promise<void> | undefined;
    const first = await run({ site: slow }, (event) => {
      if (event.type !== "start") return;
      asked = run({ site: everywhere }).then((ran) => {
        second = ran;
        writeFileSync(go, "");
      });
    });
    await asked;
    expect(first.code).toBe(0);
    expect([second?.code, second?.recap]).toEqual([5, ["web-01 locked skipped 1"]]);
    expect(of(second?.events ?? [], "locked")[0]?.holder).toMatch(
      new RegExp(`^\\S+@\\S+, process ${process.pid}, since \\d{4}-`),
    );
  });

  test("is 0 for one of twenty runs that start together, and 5 for the others, which change nothing", async () => {
    const { run, boxes } = await machines({ "web-01": {}, "web-02": {}, "web-03": {} });
    const slow = roleOf("slow", () => [
      command("slow", {
        check: sh`[ -e /run/go ] || exit 1`,
        run: sh`
          echo ran >>/run/ran
          while [ ! -e /run/go ]; do sleep 0.05; done`,
      }),
    ]);
    let refused = 0;
    const one = async () => {
      const ran = await run({ site: site(play("all", [slow])) });
      if (ran.code !== 5 || ++refused < 19) return ran;
      for (const box of Object.values(boxes)) {
        await vi.waitFor(() => expect(existsSync(join(box.run, "../ran"))).toBe(true), 20_000);
        writeFileSync(join(box.run, "../go"), "");
      }
      return ran;
    };
    const ran = await Promise.all(Array.from({ length: 20 }, one));
    expect(ran.map(({ code }) => code).sort()).toEqual([0, ...Array.from({ length: 19 }, () => 5)]);
    for (const { recap } of ran.filter(({ code }) => code === 5))
      expect(recap).toEqual([
        "web-01 locked skipped 1",
        "web-02 not begun skipped 1",
        "web-03 not begun skipped 1",
      ]);
    for (const box of Object.values(boxes))
      expect(readFileSync(join(box.run, "../ran"), "utf8")).toBe("ran\n");
  });

  test("is 130 when it is interrupted; no host is told anything more", async () => {
    const { run, boxes } = await machines({ "web-01": {}, "web-02": {} });
    const controller = new AbortController();
    const slow = roleOf("slow", () => [
      command("slow", { check: sh`[ -e /run/slow ] || exit 1`, run: sh`sleep 0.3; touch /run/slow` }),
    ]);
    const { code, events } = await run(
      {
        site: site(play("all", [slow, motd]), play("all", [broken()], { serial: 1 })),
        signal: controller.signal,
      },
      (event) => {
        if (event.type === "start" && event.host === "web-01") controller.abort();
      },
    );
    expect(code).toBe(130);
    for (const { problem } of of(events, "lost")) expect(problem).toContain("interrupted");
    expect(of(events, "failed")).toEqual([]);
    await vi.waitFor(
      () => expect(existsSync(join(boxes["web-01"]?.run ?? "", "../slow"))).toBe(true),
      20_000,
    );
    expect(existsSync(join(boxes["web-01"]?.run ?? "", "../motd"))).toBe(false);
  });

  test("is 130 at once when it is interrupted while a host does not answer", async () => {
    const mute = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => mute.once("listening", resolve));
    onTestFinished(() => {
      mute.close();
    });
    const { run, dir } = await machines({ "web-01": {} });
    const path = join(dir, "inventory.yaml");
    writeFileSync(
      path,
      readFileSync(path, "utf8")
        .replace(/\{ address: [\d.]+/, "{ address: 127.0.0.1")
        .replace(/port: \d+/, `port: ${(mute.address() as { port: number }).port}`),
    );
    const { readInventory } = await import("../../engine/model/inventory/index.ts");
    const { code, recap } = await run({
      site: everywhere,
      inventory: readInventory(path),
      signal: AbortSignal.timeout(200),
    });
    expect([code, recap]).toEqual([130, ["web-01 not begun skipped 1"]]);
  }, 10_000);

  test("is 3 when sudo asks for a password, and says what to do", async () => {
    const { run } = await machines({
      "web-01": { user: "vagrant", sudo: "asks for a password" },
      "web-02": { user: "vagrant" },
    });
    const { code, recap, events } = await run({ site: everywhere });
    expect([code, recap]).toEqual(
      [3, ["web-01 refused skipped 1 execs 2", "web-02 done changed 1 execs 1"]].map((value) => value),
    );
    expect(of(events, "refused")[0]?.problem).toMatch(/^sudo asks for a password; expected NOPASSWD/);
  });
});

describe.skipIf(!canSandbox)("how often a host is told to run something", () => {
  const kernel = fact("kernel", sh`uname -s`, (output) => output.trim());
  const reader = role("reader", {
    summary: "",
    vars: z.object({}),
    facts: { group: "database", read: [kernel] },
    resources: ({ fact }) => [file("/run/kernel", { content: `${fact(kernel, "db-01")}\n` })],
  })();

  test("is once a run: facts and stages share it", async () => {
    const { run, hosts, boxes } = await machines({ "web-01": {}, "web-02": {}, "db-01": {} });
    const many = Array.from({ length: 30 }, (_, index) =>
      file(`/run/file-${index}`, { content: "", notify: handler("once", sh`:`) }),
    );
    const plays = site(
      play("all", [motd, roleOf("many", () => many)]),
      play("web", [reader]),
      play("web", [roleOf("rolling", () => [file("/run/rolling", { content: "" })])], { serial: 1 }),
    );
    const { code, recap } = await run({ site: plays });
    expect([code, recap]).toEqual([
      0,
      ["web-01 done changed 34 execs 1", "web-02 done changed 34 execs 1", "db-01 done changed 32 execs 1"],
    ]);
    expect(Object.values(hosts).map(({ execs }) => execs.length)).toEqual([1, 1, 1]);
    expect(readFileSync(join(boxes["web-01"]?.run ?? "", "../kernel"), "utf8")).toBe("Linux\n");
    const again = await run({ site: plays });
    expect(again.recap).toEqual([
      "web-01 done ok 33 execs 1",
      "web-02 done ok 33 execs 1",
      "db-01 done ok 31 execs 1",
    ]);
  });

  test("is once for the facts of a host that the limit leaves out", async () => {
    const { run, hosts } = await machines({ "web-01": {}, "db-01": {} });
    const { recap } = await run({ site: site(play("web", [reader])), limit: "web" });
    expect(recap).toEqual(["web-01 done changed 1 execs 1"]);
    expect(hosts["db-01"]?.execs).toHaveLength(1);
  });

  test("is enough when facts cannot be had: they are undefined, and the run goes on", async () => {
    const { run, boxes } = await machines({ "web-01": {}, "db-01": { down: true } });
    const { code } = await run({ site: site(play("web", [reader])) });
    expect(code).toBe(0);
    expect(readFileSync(join(boxes["web-01"]?.run ?? "", "../kernel"), "utf8")).toBe("undefined\n");
  });

  test("a fact that cannot be understood ends the run before anything is changed, and says whose it is", async () => {
    const { run, boxes } = await machines({ "web-01": {}, "db-01": {} });
    const odd = fact("topology", sh`echo "{"`, (output) => JSON.parse(output) as unknown);
    const role1 = role("odd", {
      summary: "",
      vars: z.object({}),
      facts: { group: "database", read: [odd] },
      resources: () => [],
    })();
    await expect(run({ site: site(play("web", [role1, motd])) })).rejects.toThrow(
      /^the fact topology of db-01 could not be understood: .*JSON/,
    );
    expect(existsSync(join(boxes["web-01"]?.run ?? "", "../motd"))).toBe(false);
  });

  test("what cannot be compiled for one host ends the run before another has begun", async () => {
    const { run, boxes } = await machines({ "web-01": {}, "db-01": {} });
    const later = file("/run/later", { content: "" });
    const wrong = roleOf("wrong", () => [file("/run/first", { content: "", needs: later }), later]);
    await expect(run({ site: site(play("web", [motd]), play("database", [wrong])) })).rejects.toThrow(
      "file[/run/first] needs file[/run/later], which comes after it; declare it before",
    );
    for (const { run: folder } of Object.values(boxes))
      expect(existsSync(join(folder, "../motd"))).toBe(false);
  });
});

describe.skipIf(!canSandbox)("plays", () => {
  const sites = (options: Parameters<typeof play>[2]) =>
    site(play("web", [broken("web-02")], options), play("all", [motd]));

  test("go on for other hosts behind a failure", async () => {
    const { run } = await machines({ "web-01": {}, "web-02": {}, "web-03": {}, "db-01": {} });
    expect((await run({ site: sites({}) })).recap).toEqual([
      "web-01 done ok 1 changed 2 execs 1",
      "web-02 failed changed 1 failed 1 skipped 1 execs 1",
      "web-03 done ok 1 changed 2 execs 1",
      "db-01 done changed 1 execs 1",
    ]);
  });

  test("that go batch by batch begin none behind a batch that failed; other hosts have their later plays", async () => {
    const { run } = await machines({ "web-01": {}, "web-02": {}, "web-03": {}, "db-01": {} });
    const rolling = await run({ site: sites({ serial: 1 }) });
    expect([rolling.code, rolling.recap]).toEqual([
      3,
      [
        "web-01 done ok 1 changed 2 execs 1",
        "web-02 failed failed 1 skipped 2 execs 1",
        "web-03 not begun skipped 3",
        "db-01 done changed 1 execs 1",
      ],
    ]);
    const asked = await machines({ "web-01": {}, "web-02": {}, "web-03": {} });
    expect((await asked.run({ site: sites({}), serial: 1, mode: "check" })).recap).toHaveLength(3);
    expect((await asked.run({ site: sites({}), serial: 1 })).recap.at(-1)).toBe("web-03 not begun skipped 3");
  });

  test("that go batch by batch go on behind a host that is off", async () => {
    const { run } = await machines({ "web-01": { down: true }, "web-02": {} });
    const { recap } = await run({ site: site(play("web", [motd], { serial: 1 })) });
    expect(recap.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "web-01 unreachable",
      "web-02 done",
    ]);
  });

  test("that stop on failure begin no further host and no later play", async () => {
    const { run } = await machines({ "web-01": {}, "web-02": {}, "web-03": {}, "db-01": {} });
    const { code, recap } = await run({ site: sites({ serial: 1, stopOnFailure: true }) });
    expect([code, recap]).toEqual(
      [
        3,
        [
          "web-01 not begun ok 1 changed 1 skipped 1 execs 1",
          "web-02 failed failed 1 skipped 2 execs 1",
          "web-03 not begun skipped 3",
          "db-01 not begun skipped 1",
        ],
      ].map((value) => value),
    );
  });

  test("that stop on failure stop nothing when none fails", async () => {
    const { run } = await machines({ "web-01": {}, "db-01": {} });
    const { code, recap } = await run({ site: sites({ stopOnFailure: true }) });
    expect([code, recap]).toEqual([
      0,
      ["web-01 done ok 1 changed 2 execs 1", "db-01 done changed 1 execs 1"],
    ]);
  });

  test.each([
    ["one at a time", { serial: 1 }, undefined, 1],
    ["two at a time", { serial: 2 }, undefined, 2],
    ["as many as the command line allows", {}, 1, 1],
    ["all at once", {}, undefined, 3],
  ])("take hosts %s", async (_, options, serial, most) => {
    const { run, dir } = await machines({ "web-01": {}, "web-02": {}, "web-03": {} });
    const started = (host: string) => join(dir, `started-${host}`);
    const meet = sh`
      turns=0
      while [ "$(ls ${dir} | grep -c started)" -lt ${most} ] && [ $turns -lt 200 ]; do
        sleep 0.05
        turns=$((turns + 1))
      done
      sleep 0.3 # somebody too many would come meanwhile
      [ $turns -lt 200 ]`;
    const slow = roleOf("slow", (host) => [
      command("slow", {
        check: sh`[ -e ${started(host)} ] || exit 1`,
        run: lines([sh`touch ${started(host)}`, meet]),
      }),
    ]);
    let now = 0;
    let peak = 0;
    const { code } = await run({ site: site(play("all", [slow], options)), serial }, (event) => {
      if (event.type === "start") peak = Math.max(peak, ++now);
      if (event.type === "changed") now--;
    });
    // That so many were at work together they say themselves: one's end may be heard before another's start.
    expect(code).toBe(0);
    expect(peak).toBeLessThanOrEqual(most);
  });
});

describe.skipIf(!canSandbox)("handlers of a run", () => {
  test("run at the end of each role that notifies them, as the plan says", async () => {
    const { run } = await machines({ "web-01": {} });
    const notify = handler("reload it", sh`:`);
    const roles = ["first", "second"].map((name) =>
      roleOf(name, () => [file(`/run/${name}`, { content: "", notify })]),
    );
    const order = (events: readonly RunEvent[]) =>
      events.flatMap((event) =>
        event.type === "changed" ? [event.resource] : event.type === "handler" ? [event.handler] : [],
      );
    const expected = ["file[/run/first]", "reload it", "file[/run/second]", "reload it"];
    const checked = await run({ site: site(play("all", roles)), mode: "check" });
    expect(order(checked.events)).toEqual(expected);
    const applied = await run({ site: site(play("all", roles)) });
    expect(order(applied.events)).toEqual(expected);
    expect(applied.recap).toEqual(checked.recap);
  });
});

describe.skipIf(!canSandbox)("a release whose archive is gone from the control machine", () => {
  test("fails on the host, and the run ends in order", async () => {
    const { run, dir } = await machines({ "web-01": {} });
    const { release } = await import("../../engine/index.ts");
    const app = roleOf("app", () => [
      release("/run/app", { archive: { file: join(dir, "gone.tar.gz"), sha256: "0".repeat(64), size: 100 } }),
    ]);
    const { code, events } = await run({ site: site(play("all", [app])) });
    expect(code).toBe(3);
    expect(of(events, "failed")[0]?.output).toContain("not the archive that was announced");
  });
});
