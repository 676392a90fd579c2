import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { command, file, handler, play, role, sh, site, text } from "../../engine/index.ts";
import { readInventory } from "../../engine/model/inventory/index.ts";
import { compile, programOf } from "../../engine/program/compile.ts";
import { jsonReporter } from "../../engine/report/json.ts";
import { printPrograms } from "../../engine/report/listing.ts";
import { recorder } from "../../engine/report/record.ts";
import { terminalReporter } from "../../engine/report/terminal.ts";
import type { RunEvent } from "../../engine/run/events.ts";
import { canSandbox } from "../helpers/sandbox.ts";
import { machines } from "../helpers/site.ts";

vi.stubEnv("SSH_AUTH_SOCK", "");

/** What nobody may ever see: no shell or JSON would write it in another way, so that a search finds it. */
const SENTINEL = "Sentinel-7f3a9c_do_not_print";

/** A role that does with a secret whatever might show it. */
const careless = role("careless", {
  summary: "",
  vars: z.object({}),
  secrets: { PASSWORD: "a password" },
  resources: ({ secret }) => {
    const password = secret("PASSWORD");
    const shown = command("shown", {
      check: sh`[ -e /run/shown ] || exit 1`,
      diff: sh`echo "would log in with" ${password}`,
      run: sh`
        printf '%s\n' "$(printf %s ${password})" | { read -r word; echo "debug: $word"; }
        sleep 0.1
        touch /run/shown`,
    });
    return [
      file("/run/config", {
        content: text`password = ${password}`,
        mode: "0600",
        notify: handler("reload", sh`echo ${password}`),
      }),
      shown,
      command("waiting", {
        check: sh`[ -e /run/waited ] || exit 1`,
        run: sh`touch /run/waited`,
        waits: {
          until: sh`[ -e /run/tried ] || { touch /run/tried; echo ${password}; exit 1; }`,
          seconds: 5,
        },
      }),
      command("encoded", {
        check: sh`printf %s ${password} | base64; exit 1`,
        run: sh`touch /run/encoded; printf %s ${password} | base64`,
      }),
      file("/run/refused", {
        content: text`key = ${password}`,
        validate: (candidate) => sh`cat ${candidate}; exit 1`,
      }),
    ];
  },
})();

const plays = site(play("all", [careless]));

describe.skipIf(!canSandbox)("a secret", () => {
  test("is shown by nothing that a run prints, keeps, starts or leaves behind", async () => {
    const { run, boxes, dir } = await machines({ "web-01": {} });
    writeFileSync(join(dir, ".env"), `PASSWORD=${SENTINEL}\n`);
    const box = boxes["web-01"];
    const printed = capture();
    const record = recorder();
    const reporters = [terminalReporter({ diff: true, verbose: true }), jsonReporter(), record];
    const watch = watchArguments();
    const all: RunEvent[] = [];
    for (const mode of ["check", "apply", "apply", "check"] as const) {
      const { events, code } = await run({ site: plays, mode }, (event) => {
        for (const report of reporters) report(event);
      });
      expect(code).toBe(mode === "check" ? 2 : 3);
      all.push(...events);
    }
    await printPrograms({
      site: plays,
      mode: "apply",
      inventory: readInventory(join(dir, "inventory.yaml")),
    });
    const commandLines = await watch.stop();
    const output = printed.stop();

    expect(commandLines.size, "no command line was seen").toBeGreaterThan(5);
    expect([...commandLines].filter((line) => line.includes(SENTINEL))).toEqual([]);
    expect(all.filter((event) => JSON.stringify(event).includes(SENTINEL))).toEqual([]);
    expect(output).not.toContain(SENTINEL);
    expect(output).not.toContain(Buffer.from(SENTINEL).toString("base64"));
    expect(output).toContain("password = [secret PASSWORD]");
    expect(output).toContain("key = [secret PASSWORD]");
    const holders = (folder: string) =>
      filesIn(folder).filter((name) => readFileSync(name, "latin1").includes(SENTINEL));
    expect(holders(join(dir, ".quintet"))).toEqual([]);
    expect(filesIn(join(dir, ".quintet/runs"))).not.toEqual([]);
    expect(holders(join(box?.run ?? "", "../..")).map((name) => name.replace(/.*\/run\//, "/run/"))).toEqual([
      "/run/config",
    ]);
    expect(statSync(join(box?.run ?? "", "../config")).mode & 0o777).toBe(0o600);
    expect(holders(dir)).toEqual([join(dir, ".env")]);
  });

  test("is not shown where the end of a long output begins in the middle of it", async () => {
    const { run, dir } = await machines({ "web-01": {} });
    writeFileSync(join(dir, ".env"), `PASSWORD=${SENTINEL}\n`);
    const long = role("long", {
      summary: "",
      vars: z.object({}),
      secrets: { PASSWORD: "a password" },
      resources: ({ secret }) => [
        command("long", {
          check: sh`printf %s ${secret("PASSWORD")}; head -c 65530 /dev/zero | tr '\0' x; exit 2`,
          run: sh`:`,
        }),
      ],
    })();
    const { events } = await run({ site: site(play("all", [long])), mode: "check" });
    const failed = events.find((event) => event.type === "failed");
    expect(failed?.type === "failed" && failed.output).toMatch(/^…x{60000,}$/);
  });
});

/** Collects what is written to stdout. */
function capture() {
  let output = "";
  const take = (chunk: unknown) => {
    output += String(chunk);
    return true;
  };
  const write = vi.spyOn(process.stdout, "write").mockImplementation(take);
  const log = vi.spyOn(console, "log").mockImplementation(take);
  return {
    stop() {
      write.mockRestore();
      log.mockRestore();
      return output;
    },
  };
}

/** Collects the command line of every process that it sees, until it is stopped. */
function watchArguments() {
  const seen = new Set<string>();
  let watching = true;
  const watch = async () => {
    while (watching) {
      for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        try {
          seen.add(readFileSync(`/proc/${pid}/cmdline`, "latin1"));
        } catch {
          // It has ended.
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const done = watch();
  return {
    async stop() {
      watching = false;
      await done;
      return seen;
    },
  };
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test("the program of the sentinel's role holds it, so that the search above could find it", () => {
  expect(
    programOf(
      compile({ resources: [], handlers: [{ role: "", handler: handler("x", sh`echo ${SENTINEL}`) }] }),
      { mode: "apply", who: "" },
    ).reveal(),
  ).toContain(SENTINEL);
});
