import type { Host } from "../model/inventory/index.ts";
import type { CompiledPlan } from "../program/compile.ts";
import type { Connection } from "../ssh/connection.ts";
import type { HostResult } from "./events.ts";
import { type Counts, NONE } from "./outcome.ts";
import type { Prepared } from "./prepare.ts";

/** What a host of a run has got so far: its connection, or why there is none, and its results over all stages. */
export interface Member {
  readonly host: Host;
  connection?: Connection;
  outcome: HostResult["outcome"];
  counts: Counts;
  readonly began: number;
  ended: number;
}

/** A host that has not begun. */
export function memberFor(host: Host): Member {
  const now = Date.now();
  return { host, outcome: "not begun", counts: NONE, began: now, ended: now };
}

/** What is told of it in the end. */
export function resultOf({ host, outcome, counts, connection, began, ended }: Member): HostResult {
  return { host: host.name, ...counts, outcome, execs: connection?.execs ?? 0, ms: ended - began };
}

/** What one host is to do in one stage. */
export interface Turn extends Pick<Prepared, "inputs" | "doubts" | "stages"> {
  readonly member: Member;
  readonly hostPlan: CompiledPlan;
}
