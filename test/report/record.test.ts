import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { recorder } from "../../engine/report/record.ts";
import type { RunEvent } from "../../engine/run/events.ts";
import { scratch } from "../helpers/scratch.ts";

const begin: RunEvent = {
  type: "begin",
  run: "20260102T030405",
  mode: "apply",
  hosts: ["web-01"],
  roles: ["base"],
  inventory: "x.yaml",
};
const changed = (n: number): RunEvent => ({
  type: "changed",
  host: "web-01",
  role: "base",
  resource: `file[/${n}]`,
  diff: "",
  ms: 1,
});
const ok: RunEvent = { type: "ok", host: "web-01", role: "base", resource: "file[/ok]" };
const end: RunEvent = { type: "end", hosts: [], ms: 1, exitCode: 0 };

test("a run is kept as lines of JSON, for its owner only, without what was ok", () => {
  const dir = join(scratch(), "runs");
  const record = recorder(dir);
  for (const event of [begin, ok, changed(1), ok, end]) record(event);
  const name = `20260102T030405-${process.pid}-apply.jsonl`;
  expect(readdirSync(dir)).toEqual([name]);
  expect(readFileSync(join(dir, name), "utf8")).toBe(
    [begin, changed(1), end].map((event) => `${JSON.stringify(event)}\n`).join(""),
  );
  expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
});

test("a long run is on disk before it ends", () => {
  const dir = join(scratch(), "runs");
  const record = recorder(dir);
  record(begin);
  for (let n = 0; n < 45; n++) record(changed(n));
  const [name = ""] = readdirSync(dir);
  expect(readFileSync(join(dir, name), "utf8").trim().split("\n")).toHaveLength(46);
});

test("the last fifty runs stay", () => {
  const dir = scratch();
  for (let n = 10; n < 70; n++) writeFileSync(join(dir, `202501${n}T000000-1-apply.jsonl`), "");
  const record = recorder(dir);
  for (const event of [begin, end]) record(event);
  const kept = readdirSync(dir).sort();
  expect(kept).toHaveLength(50);
  expect([kept[0], kept.at(-1)]).toEqual([
    "20250121T000000-1-apply.jsonl",
    `20260102T030405-${process.pid}-apply.jsonl`,
  ]);
});
