import type { Assignment } from "../model/selection.ts";
import type { RunEvent } from "./events.ts";
import type { RunOptions } from "./prepare.ts";

/** The first event of a run, which began at this moment of the clock. */
export function beginOf(
  { mode, inventory }: RunOptions,
  assignments: readonly Assignment[],
  began: number,
): RunEvent {
  return {
    ...{ type: "begin", mode, inventory: inventory.file },
    run: new Date(began).toISOString().replaceAll(/[-:]|\.\d+Z$/g, ""),
    hosts: assignments.map(({ host }) => host.name),
    roles: [...new Set(assignments.flatMap(({ roles }) => roles.map(({ name }) => name)))],
  };
}
