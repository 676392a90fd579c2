import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { kill, mysqldOf } from "../src/mysql/process.ts";

const folder = mkdtempSync(join(tmpdir(), "quintet-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A real process with this name that does nothing, and the kernel's list of its unit with it. */
async function running(name: string) {
  const program = join(folder, name);
  copyFileSync(process.execPath, program);
  const child = spawn(program, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  await once(child, "spawn");
  const list = join(folder, `${name}.procs`);
  writeFileSync(list, `${process.pid}\n${child.pid}\n`);
  return { child, list };
}

test("mysqld is found among the processes of its unit, and its end is seen", async () => {
  const { child, list } = await running("mysqld");
  const found = mysqldOf(list);
  expect(found).toEqual({ pid: child.pid, started: expect.stringMatching(/^\d+$/) });
  expect(mysqldOf(list)).toEqual(found);
  const ended = once(child, "exit");
  if (found) kill(found);
  expect(await ended).toEqual([null, "SIGKILL"]);
  expect(mysqldOf(list)).toBe(undefined);
  // It may have ended by itself.
  if (found) kill(found);
});

test("other processes of the unit are not mysqld", async () => {
  const { child, list } = await running("mysql-starts");
  expect(mysqldOf(list)).toBe(undefined);
  child.kill("SIGKILL");
});

test("a unit that does not run has no list", () => {
  expect(mysqldOf(join(folder, "absent"))).toBe(undefined);
});
