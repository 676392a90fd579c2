import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { sh } from "../../engine/index.ts";
import type { Operation, Step } from "../../operations/operation.ts";
import { type Access, perform, takeBack } from "../../operations/perform.ts";
import { Record } from "../../operations/record.ts";
import { scratch } from "../helpers/scratch.ts";

let folder: string;
let said: string[];
let ends: AbortController;
const file = () => join(folder, "operation.json");
const notes = () =>
  existsSync(join(folder, "notes")) ? readFileSync(join(folder, "notes"), "utf8").trim().split("\n") : [];

beforeEach(() => {
  folder = scratch();
  said = [];
  ends = new AbortController();
});

/** Hosts are folders of this machine. */
const access = (): Access => ({
  run: (_host, program) =>
    new Promise((resolve) =>
      execFile("sh", ["-c", program.reveal()], { cwd: folder }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
      ),
    ),
  say: (line) => void said.push(line),
  ...{ signal: ends.signal, pause: 10 },
});

const step = (name: string, differs: Partial<Step> = {}): Step => ({
  ...{ name, host: "db-01", seconds: 1, gate: sh`:` },
  run: sh`echo ${name} >>notes`,
  undo: sh`echo ${`not ${name}`} >>notes`,
  ...differs,
});
const lasting = ({ undo: _, ...rest }: Step): Step => rest;
const operation = (...steps: Step[]): Operation => ({ name: "try", words: ["now"], steps });
const begun = (all: Operation) => Record.new(file(), all, "five.yaml");

describe("an operation", () => {
  test("does its steps in order, each after the gate of the one before", async () => {
    const waits = sh`[ -e open ] || { touch open; echo 'the gate'; exit 1; }`;
    const all = operation(step("one", { gate: waits }), step("two"));
    await perform(all, begun(all), access());
    expect(notes()).toEqual(["one", "two"]);
    expect(said).toEqual(["1/2  one", "waits for the gate", "2/2  two"]);
    expect(existsSync(file())).toBe(false);
  });

  test.each<[string, Partial<Step>, string]>([
    ["fails", { run: sh`echo broken; exit 7` }, "two: failed on db-01 (exit code 7)\nbroken"],
    [
      "is never through its gate",
      { gate: sh`echo rain; exit 1`, seconds: 0.05 },
      "two: waited 0.05 s in vain for rain",
    ],
  ])("is taken back, the last step first, if one %s", async (_, differs, why) => {
    const all = operation(step("one"), step("two", differs), step("three"));
    await expect(perform(all, begun(all), access())).rejects.toThrow(
      `${why}\ntry was taken back: nothing has changed.`,
    );
    expect(notes().slice(-2)).toEqual(["not two", "not one"]);
    expect(existsSync(file())).toBe(false);
  });

  test("stays if a step that has begun has no way back", async () => {
    const all = operation(step("one"), lasting(step("two")), step("three", { run: sh`exit 3` }));
    const record = begun(all);
    await expect(perform(all, record, access())).rejects.toThrow(
      'three: failed on db-01 (exit code 3)\n\ntry was not taken back: there is no way back behind "two".',
    );
    expect(notes()).toEqual(["one", "two"]);
    expect(existsSync(file())).toBe(false);
  });

  test("that was killed behind a step without a way back can only go on", async () => {
    const record = begun(operation(lasting(step("one")), step("two")));
    record.begin(0);
    const open = Record.open(file());
    const back = takeBack(open?.state.operation as Operation, open?.record as Record, access());
    await expect(back).rejects.toThrow(
      'there is no way back behind "one". To go on: npm run try -- now --resume',
    );
    expect(existsSync(file())).toBe(true);
  });

  test("says both if it fails and cannot be taken back", async () => {
    const all = operation(step("one", { undo: sh`echo rust; exit 4` }), step("two", { run: sh`exit 3` }));
    await expect(perform(all, begun(all), access())).rejects.toThrow(
      "two: failed on db-01 (exit code 3)\n\none: failed on db-01 (exit code 4)\nrust",
    );
    expect(existsSync(file())).toBe(true);
  });

  test("is taken back if people end it", async () => {
    const all = operation(step("one"), step("two", { gate: sh`echo ever; exit 1`, seconds: 60 }));
    const done = perform(all, begun(all), access());
    setTimeout(() => ends.abort(), 100);
    await expect(done).rejects.toThrow("two: ended by you, while it waited for ever");
    expect(notes()).toEqual(["one", "two", "not two", "not one"]);
  });

  test("that was killed goes on where it was: what had begun is done again", async () => {
    const all = operation(step("one"), step("two"), step("three"));
    const record = begun(all);
    record.begin(0);
    record.end(0);
    record.begin(1);
    const open = Record.open(file());
    expect(open?.state).toMatchObject({ inventory: "five.yaml", done: 1, begun: 1 });
    await perform(open?.state.operation as Operation, open?.record as Record, access());
    expect(notes()).toEqual(["two", "three"]);
  });

  test("that was killed can be taken back", async () => {
    const record = begun(operation(step("one"), step("two"), step("three")));
    record.begin(0);
    record.end(0);
    record.begin(1);
    const open = Record.open(file());
    await takeBack(open?.state.operation as Operation, open?.record as Record, access());
    expect(notes()).toEqual(["not two", "not one"]);
    expect(Record.open(file())).toBe(undefined);
  });
});
