import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { terminalReporter } from "../../engine/report/terminal.ts";
import type { RunEvent } from "../../engine/run/events.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const HOSTS = ["web-01", "web-02", "db-01"];
const at = (host: string, resource: string) => ({ host, role: "", resource });

/** A run that hears what it is told, and what stood on the screen or in the file in the end. */
function watched({ isTTY = true, rows = 24 } = {}) {
  let printed = "";
  const before = { isTTY: process.stdout.isTTY, rows: process.stdout.rows, columns: process.stdout.columns };
  Object.assign(process.stdout, { isTTY, rows, columns: 60 });
  const write = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    printed += String(chunk);
    return true;
  });
  const report = terminalReporter({ diff: false, verbose: false });
  onTestFinished(() => {
    report({ type: "end", hosts: [], ms: 0, exitCode: 0 });
    write.mockRestore();
    Object.assign(process.stdout, before);
  });
  const tell = (...events: readonly RunEvent[]) => events.forEach(report);
  tell({ type: "begin", run: "", mode: "apply", hosts: HOSTS, roles: ["base"], inventory: "five.yaml" });
  return {
    tell,
    wait: (ms: number) => vi.advanceTimersByTime(ms),
    /** Lines that were erased are gone: what a person sees. */
    seen: () => {
      const lines: string[] = [];
      for (const part of printed.split(/(\u001b\[\d+F\u001b\[J)/)) {
        const [, up] = /^\u001b\[(\d+)F/.exec(part) ?? [];
        if (up) lines.splice(-Number(up));
        else lines.push(...part.split("\n").slice(0, -1));
      }
      return lines;
    },
  };
}

test("a terminal has a line a host: what it is at, for how long, and how much is behind it", () => {
  const { tell, wait, seen } = watched();
  wait(1_000);
  expect(seen().slice(1)).toEqual([
    "web-01    1 s  connecting",
    "web-02    1 s  connecting",
    "db-01     1 s  connecting",
  ]);
  const steps = [
    { kind: "resources", names: ["apt[a]", "apt[b]", "apt[c]"] },
    { kind: "resources", names: ["file[/x]"] },
  ] as const;
  for (const host of HOSTS) tell({ type: "connected", host, ms: 1 }, { type: "planned", host, steps });
  tell({ type: "ok", ...at("web-01", "apt[a]") }, { type: "start", ...at("web-01", "apt[b]") });
  tell({ type: "start", ...at("web-01", "apt[c]") });
  tell({ type: "waiting", ...at("web-02", "apt[a]"), reason: "the\nlock" });
  wait(3_000);
  expect(seen().slice(1)).toEqual([
    "web-02    waits      apt[a]: the",
    "lock",
    "web-01  1 of 4  3 s  apt[b] and 1 more",
    "web-02  0 of 4  3 s  apt[a] waits for the lock",
    "db-01   0 of 4  3 s  observing",
  ]);
});

test("hosts that are at their end, failed or away have no line, and the last of them takes all lines along", () => {
  const { tell, wait, seen } = watched();
  tell({ type: "unreachable", host: "web-01", problem: "no route" });
  tell({ type: "ended", host: "web-02", outcome: "done" });
  wait(1_000);
  expect(seen().slice(2)).toEqual(["db-01    1 s  connecting"]);
  tell({ type: "end", hosts: [], ms: 1000, exitCode: 4 });
  expect(seen().slice(2)).toEqual(["", "in 1.00 s"]);
});

test("more hosts than the terminal has lines are counted, and long lines are cut", () => {
  const { tell, wait, seen } = watched({ rows: 4 });
  tell({ type: "waiting", ...at("web-01", "a"), reason: "x".repeat(100) });
  wait(1_000);
  expect(seen().slice(2)).toEqual([`web-01    1 s  a waits for ${"x".repeat(32)}`, "and 2 more hosts"]);
});

test("where no terminal looks on a line in ten seconds says what hosts are at, alike ones together", () => {
  const { tell, wait, seen } = watched({ isTTY: false });
  const steps = [{ kind: "resources", names: ["apt[a]", "apt[b]"] }] as const;
  for (const host of ["web-01", "web-02"])
    tell(
      { type: "connected", host, ms: 1 },
      { type: "planned", host, steps },
      { type: "start", ...at(host, "apt[a]") },
    );
  wait(9_999);
  expect(seen()).toHaveLength(1);
  wait(1);
  wait(10_000);
  expect(seen().slice(1)).toEqual([
    "after 10 s: web-01 web-02 apt[a] (0 of 2); db-01 connecting",
    "after 20 s: web-01 web-02 apt[a] (0 of 2); db-01 connecting",
  ]);
  tell({ type: "end", hosts: [], ms: 1000, exitCode: 0 });
  wait(60_000);
  expect(seen().slice(-1)).toEqual(["in 1.00 s"]);
});
