import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { type Keeping, keptFiles, role, sh } from "../../engine/index.ts";
import type { RunEvent } from "../../engine/run/events.ts";
import { keepAll } from "../../engine/run/keep.ts";
import { type Member, memberFor } from "../../engine/run/member.ts";
import type { Runner } from "../../engine/run/session.ts";
import { testInputs } from "../helpers/plan-inputs.ts";
import { scratch } from "../helpers/scratch.ts";

const home = process.cwd();
beforeEach(() => process.chdir(scratch()));
afterEach(() => process.chdir(home));

/** This computer plays the host. */
const runner: Runner = {
  run: (program, onLine) =>
    new Promise((resolve) => {
      const child = spawn("sh", ["-c", program.reveal()]);
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (part) => {
        stdout += part;
      });
      child.stderr.on("data", (part) => {
        stderr += part;
      });
      child.on("close", (code) => {
        for (const line of stdout.split("\n")) onLine(line, () => undefined);
        resolve({ code: code ?? 1, stderr, before: "" });
      });
    }),
};

const KEEPING: Keeping = {
  ...{ what: "the letters", within: "letters", name: sh`echo "a to b"` },
  content: sh`touch asked; for one in a b; do echo "file $one.txt"; echo "the letter $one" | base64; done`,
};

const HOST = testInputs().inventory.hosts[0]?.name;

async function keeps(keeping: Keeping, outcome: Member["outcome"] = "done"): Promise<string[]> {
  const inputs = testInputs();
  const [host] = inputs.inventory.hosts;
  if (!host) throw new Error("no host");
  const only = role("test", {
    summary: "",
    vars: z.object({}),
    resources: () => [],
    keeps: () => [keeping],
  })();
  const said: RunEvent[] = [];
  const members = [{ ...memberFor(host), outcome }];
  await keepAll(members, [{ host, roles: [only] }], inputs, { runner: async () => runner }, (event) =>
    said.push(event),
  );
  return said.map((event) => ("text" in event ? `${event.type}: ${event.text}` : event.type));
}

test("what a role wants of a host is kept, once", async () => {
  expect(await keeps(KEEPING)).toEqual([
    `notice: keeping the letters of ${HOST}`,
    "notice: kept the letters: .quintet/kept/letters/a to b",
  ]);
  const kept = keptFiles("letters/a to b");
  expect([...kept.keys()]).toEqual(["a.txt", "b.txt"]);
  expect(readFileSync(kept.get("b.txt")?.file ?? "", "utf8")).toBe("the letter b\n");
  expect(await keeps({ ...KEEPING, content: sh`exit 1` })).toEqual([]);
});

test.each<[string, Partial<Keeping>, string]>([
  ["what cannot be read", { content: sh`echo "file a.txt"; echo 'no ink' >&2; exit 3` }, "no ink"],
  ["what says nothing about why", { name: sh`exit 3` }, "exit code 3"],
  ["nothing", { content: sh`:` }, "it has none"],
])("%s is a warning, and no half of it is kept", async (_, differs, why) => {
  const said = await keeps({ ...KEEPING, ...differs });
  expect(said.filter((one) => !one.startsWith("notice: keeping"))).toEqual([
    `warning: the letters of ${HOST} could not be kept: ${why}`,
  ]);
  expect(keptFiles("letters/a to b").size).toBe(0);
  expect(existsSync(".quintet/kept/letters") ? readdirSync(".quintet/kept/letters") : []).toEqual([]);
});

test("of a host that is not what it is to be nothing is kept", async () => {
  expect(await keeps(KEEPING, "failed")).toEqual([]);
  expect(existsSync("asked")).toBe(false);
});
