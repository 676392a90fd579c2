import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AlikeChanges, type Change } from "../../engine/report/alike.ts";
import { Progress } from "../../engine/report/progress.ts";
import type { PlannedStep } from "../../engine/run/events.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const HOSTS = ["web-01", "web-02", "db-01"];
const resource = (...names: string[]): PlannedStep => ({ kind: "resources", names });
const handler = (name: string): PlannedStep => ({ kind: "handler", names: [name] });

function run(plans: Readonly<Record<string, readonly PlannedStep[]>>, diff = false) {
  const progress = new Progress();
  const alike = new AlikeChanges(progress, diff);
  progress.hear({ type: "begin", run: "", mode: "apply", hosts: HOSTS, roles: [], inventory: "" });
  for (const [host, steps] of Object.entries(plans)) progress.hear({ type: "planned", host, steps });
  const changed = (host: string, name: string, ms = 0, diff = ""): Change => ({
    type: "changed",
    host,
    role: "",
    resource: name,
    diff,
    ms,
  });
  const hear = (event: Change) => {
    progress.hear(event);
    alike.hold(event);
  };
  return {
    changed: (host: string, name: string, ms?: number, diff?: string) => hear(changed(host, name, ms, diff)),
    handled: (host: string, name: string) =>
      hear({ type: "handler", host, role: "", handler: name, status: "done", output: "", ms: 0 }),
    ok: (host: string, name: string) => progress.hear({ type: "ok", host, role: "", resource: name }),
    ended: (host: string) => progress.hear({ type: "ended", host, outcome: "done" }),
    released: (all?: boolean) =>
      alike
        .release(all)
        .map(({ hosts, events, ms }) => [
          hosts.join(" "),
          events.map((event) => ("resource" in event ? event.resource : event.handler)).join(" "),
          ms,
        ]),
  };
}

test("what hosts do alike is told once, when all that are to come to it have done so", () => {
  const { changed, ok, released } = run({
    "web-02": [resource("a"), resource("b")],
    "web-01": [resource("a"), resource("b")],
    "db-01": [resource("a"), resource("c")],
  });
  changed("web-02", "a", 5);
  changed("web-01", "a", 9);
  expect(released()).toEqual([]);
  ok("db-01", "a");
  expect(released()).toEqual([["web-01 web-02", "a", 9]]);
  changed("db-01", "c", 1);
  expect(released()).toEqual([["db-01", "c", 1]]);
});

test("a host that has ended, or that has passed the step, is not waited for", () => {
  const { changed, handled, ok, ended, released } = run({
    "web-01": [resource("a"), handler("reload"), resource("b")],
    "web-02": [resource("a"), handler("reload"), resource("b")],
  });
  changed("web-01", "a");
  handled("web-01", "reload");
  ended("web-02");
  expect(released()).toEqual([
    ["web-01", "a", 0],
    ["web-01", "reload", 0],
  ]);
  const second = run({
    "web-01": [handler("reload"), resource("b")],
    "web-02": [handler("reload"), resource("b")],
  });
  second.handled("web-01", "reload");
  expect(second.released()).toEqual([]);
  second.ok("web-02", "b");
  expect(second.released()).toEqual([["web-01", "reload", 0]]);
  ok("web-01", "b");
});

test("packages that came in one transaction are one line, alike on hosts that got the same", () => {
  const { changed, ok, released } = run({
    "web-01": [resource("apt[a]", "apt[b]", "apt[c]")],
    "web-02": [resource("apt[a]", "apt[b]", "apt[c]")],
    "db-01": [resource("apt[a]", "apt[d]")],
  });
  for (const host of ["web-01", "web-02"]) {
    changed(host, "apt[a]", 3000);
    changed(host, "apt[c]", 3100);
    ok(host, "apt[b]");
  }
  expect(released()).toEqual([]);
  changed("db-01", "apt[a]", 10);
  changed("db-01", "apt[d]", 20);
  expect(released()).toEqual([
    ["web-01 web-02", "apt[a] apt[c]", 3100],
    ["db-01", "apt[a] apt[d]", 20],
  ]);
});

test("nothing is held for more than ten seconds, or beyond the end", () => {
  const plans = { "web-01": [resource("a")], "web-02": [resource("a")] };
  const { changed, released } = run(plans);
  changed("web-01", "a");
  vi.advanceTimersByTime(9_999);
  expect(released()).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(released()).toEqual([["web-01", "a", 0]]);
  changed("web-02", "a");
  expect(released(true)).toEqual([["web-02", "a", 0]]);
});

test("with diffs, what differs otherwise is not alike", () => {
  const plans = { "web-01": [resource("a")], "web-02": [resource("a")] };
  for (const [diff, groups] of [
    [true, 2],
    [false, 1],
  ] as const) {
    const { changed, released } = run(plans, diff);
    changed("web-01", "a", 0, "+1");
    changed("web-02", "a", 0, "+2");
    expect(released()).toHaveLength(groups);
  }
});
