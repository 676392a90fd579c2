import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { Database } from "../src/mysql/database.ts";
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

test("a MySQL that listens and never answers is given time, and is frozen in the end; one that does not listen yet starts", async () => {
  const { child, list } = await running("mysqld");
  const socket = join(folder, "mysqld.sock");
  const database = new Database({
    ...{
      me: "db-01",
      socket,
      user: "root",
      processes: list,
      stopping: join(folder, "stopping"),
      names: new Map(),
    },
    // A hundredth of an ordinary machine's times.
    patience: 10,
  });
  const observed = async () => (await database.observe({})).mysql;
  await vi.waitFor(async () => expect(await observed()).toBe("starting"), 5000);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await observed()).toBe("starting");
  const silent = createServer().listen(socket);
  await once(silent, "listening");
  const seen = new Set<unknown>();
  await vi.waitFor(async () => {
    seen.add(await observed());
    expect([...seen]).toEqual(["starting", "frozen"]);
  }, 5000);
  silent.close();
  child.kill("SIGKILL");
});
