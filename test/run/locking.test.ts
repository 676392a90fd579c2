import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { command, fact, file, play, RefusedError, role, sh, site } from "../../engine/index.ts";
import { Session } from "../../engine/run/session.ts";
import { canSandbox } from "../helpers/sandbox.ts";
import { machines, roleOf } from "../helpers/site.ts";

vi.stubEnv("SSH_AUTH_SOCK", "");

const motd = roleOf("motd", () => [file("/run/motd", { content: "hello\n" })]);
const everywhere = site(play("all", [motd]));

/** Works until there is a file `go` on the host. */
const slow = site(
  play("all", [
    roleOf("slow", () => [
      command("slow", {
        check: sh`[ -e /run/go ] || exit 1`,
        run: sh`
          echo ran >>/run/ran
          while [ ! -e /run/go ]; do sleep 0.05; done`,
      }),
    ]),
  ]),
);

const at = (box: { run: string } | undefined, name: string) => join(box?.run ?? "", "..", name);

describe.skipIf(!canSandbox)("the lock of a run", () => {
  test("is held from its first stage to its last, also on a host whose turn has not come", async () => {
    const { run, boxes } = await machines({ "web-01": {}, "web-02": {} });
    const stages = site(play("all", [motd]), ...slow.map((each) => ({ ...each, serial: 1 })));
    let second: Promise<number> | undefined;
    const first = await run({ site: stages }, (event) => {
      if (event.type !== "start" || event.resource !== "command[slow]" || second) return;
      writeFileSync(at(boxes["web-02"], "go"), "");
      second = run({ site: everywhere, limit: "web-02" }).then(({ code }) => {
        writeFileSync(at(boxes["web-01"], "go"), "");
        return code;
      });
    });
    expect([first.code, await second]).toEqual([0, 5]);
    expect((await run({ site: everywhere })).code).toBe(0);
  });

  test("is held on all its hosts or on none: a run that finds one taken changes nothing", async () => {
    const { run, boxes } = await machines({ "web-01": {}, "web-02": {}, "web-03": {} });
    let refused: Awaited<ReturnType<typeof run>> | undefined;
    let asked: Promise<void> = Promise.resolve();
    const first = await run({ site: slow, limit: "web-02" }, (event) => {
      if (event.type !== "start") return;
      asked = run({ site: everywhere }).then((ran) => {
        refused = ran;
        writeFileSync(at(boxes["web-02"], "go"), "");
      });
    });
    await asked;
    expect([first.code, refused?.code]).toEqual([0, 5]);
    expect(refused?.recap).toEqual([
      "web-01 not begun skipped 1",
      "web-02 locked skipped 1",
      "web-03 not begun skipped 1",
    ]);
    for (const box of Object.values(boxes)) expect(existsSync(at(box, "motd"))).toBe(false);
  });

  test("is one run's, of many that start together, also if the first host is off", async () => {
    const { run, boxes } = await machines({ "web-01": { down: true }, "web-02": {}, "web-03": {} });
    let refused = 0;
    const one = async () => {
      const ran = await run({ site: slow });
      if (!ran.recap.includes("web-02 locked skipped 1") || ++refused < 7) return ran;
      for (const name of ["web-02", "web-03"]) {
        await vi.waitFor(() => expect(existsSync(at(boxes[name], "ran"))).toBe(true), 20_000);
        writeFileSync(at(boxes[name], "go"), "");
      }
      return ran;
    };
    const ran = await Promise.all(Array.from({ length: 8 }, one));
    expect(ran.filter(({ recap }) => recap.some((line) => line.includes("done")))).toHaveLength(1);
    for (const name of ["web-02", "web-03"])
      expect(readFileSync(at(boxes[name], "ran"), "utf8")).toBe("ran\n");
  }, 60_000);

  test("is needed: a host that does not say whether it is locked is lost, and gets no program", async () => {
    const { run, boxes } = await machines({ "web-01": {}, "web-02": {} });
    const session = vi.spyOn(Session.prototype, "lock").mockImplementationOnce(function (this: Session) {
      return Session.prototype.lock.call(this, -20 + 0.001, () => undefined);
    });
    const { code, recap } = await run({ site: everywhere });
    session.mockRestore();
    expect([code, recap]).toEqual([4, ["web-01 lost skipped 1 execs 1", "web-02 done changed 1 execs 1"]]);
    expect(existsSync(at(boxes["web-01"], "motd"))).toBe(false);
  });

  test("is waited for in the order of the inventory, so two runs that need each other's hosts both end", async () => {
    const { run, boxes } = await machines({ "web-01": {}, "web-02": {}, "web-03": {} });
    const turns = [
      run({ site: slow, limit: "web-02", lockWait: 30 }),
      run({ site: everywhere, limit: "web-01,web-02", lockWait: 30 }),
      run({ site: everywhere, lockWait: 30 }),
    ];
    await vi.waitFor(() => expect(existsSync(at(boxes["web-02"], "ran"))).toBe(true), 10_000);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    writeFileSync(at(boxes["web-02"], "go"), "");
    expect((await Promise.all(turns)).map(({ code }) => code)).toEqual([0, 0, 0]);
  }, 60_000);
});

describe.skipIf(!canSandbox)("a fact that a later stage depends on", () => {
  const leader = fact("leader", sh`cat /run/leader 2>/dev/null`, (output) => output.trim());
  const first = roleOf("first", (host) => [
    file(`/run/${host === "db-01" ? "leader" : "nothing"}`, { content: "db-02" }),
  ]);
  const follower = (resources: (who: string | undefined) => ReturnType<typeof file>[]) =>
    role("follower", {
      summary: "",
      vars: z.object({}),
      facts: { group: "database", read: [leader] },
      resources: ({ fact }) => resources(fact(leader, "db-01")),
    })();
  const stages = (last: ReturnType<typeof follower>) =>
    site(play("database", [first]), play("web", [last], { serial: 1 }));

  test("is read again", async () => {
    const { run, boxes } = await machines({ "db-01": {}, "web-01": {} });
    const follows = follower((who) => [file("/run/follows", { content: `${who}\n` })]);
    expect((await run({ site: stages(follows) })).code).toBe(0);
    expect(readFileSync(at(boxes["web-01"], "follows"), "utf8")).toBe("db-02\n");
  });

  test("and that speaks against it now refuses its hosts, and the run ends in order", async () => {
    const { run } = await machines({ "db-01": {}, "web-01": {} });
    const doubts = follower((who) => {
      if (who === "db-02") throw new RefusedError("two leaders");
      return [];
    });
    const { code, recap, events } = await run({ site: stages(doubts) });
    expect([code, recap]).toEqual([3, ["db-01 done changed 1 execs 1", "web-01 refused execs 1"]]);
    expect(events.filter(({ type }) => type === "refused")).toMatchObject([{ problem: "two leaders" }]);
  });
});
