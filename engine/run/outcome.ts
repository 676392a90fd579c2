import type { Mode } from "../program/compile.ts";
import type { HostResult } from "./events.ts";

/** How many resources of a host ended in which way. */
export type Counts = Pick<HostResult, "ok" | "changed" | "unknown" | "failed" | "skipped">;

export const NONE: Counts = { ok: 0, changed: 0, unknown: 0, failed: 0, skipped: 0 };

/** The exit code of a run, by how its hosts ended: what is worst counts. */
export function exitCodeOf(hosts: readonly HostResult[], mode: Mode["mode"]): number {
  const any = (...outcomes: HostResult["outcome"][]) =>
    hosts.some(({ outcome }) => outcomes.includes(outcome));
  if (any("failed", "refused")) return 3;
  if (any("unreachable", "lost")) return 4;
  if (any("locked")) return 5;
  if (any("not begun")) return 3;
  return mode === "check" && hosts.some(({ changed, unknown }) => changed + unknown > 0) ? 2 : 0;
}

/** The results of two stages of one host. */
export function add(a: Counts, b: Counts): Counts {
  return {
    ok: a.ok + b.ok,
    changed: a.changed + b.changed,
    unknown: a.unknown + b.unknown,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}
