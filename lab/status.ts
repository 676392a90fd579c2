import type { Host } from "../engine/model/inventory/index.ts";
import { cgroupOf, memoryOf, startOf } from "./cgroup.ts";
import type { Lab } from "./context.ts";
import { imageUnder } from "./disk.ts";
import { cutsOf } from "./links.ts";
import { leaderOf } from "./machine.ts";

/** What `status` shows of one machine. */
export interface MachineStatus {
  readonly name: string;
  readonly address: string;
  readonly state: "running" | "stopped" | "absent";
  readonly since?: Date;
  /** In bytes. */
  readonly memory?: number;
  /** Whether it is cut off from everything, or from which machines. */
  readonly cut: { readonly all: boolean; readonly from: readonly string[] };
}

export async function statusOf(lab: Lab, host: Host): Promise<MachineStatus> {
  const { name, address } = host;
  const leader = await leaderOf(lab, name);
  const cut = await cutsOf(lab, host);
  if (leader === undefined) {
    return { name, address, state: imageUnder(lab, name) === undefined ? "absent" : "stopped", cut };
  }
  const since = startOf(leader);
  const memory = memoryOf(await cgroupOf(lab, name));
  return { name, address, state: "running", ...(since && { since }), memory, cut };
}

/** The machines as a table with one line each, or as JSON. */
export function statusText(machines: readonly MachineStatus[], json: boolean): string {
  if (json) return JSON.stringify(machines, null, 2);
  const rows = machines.map(({ name, address, state, since, memory, cut }) => [
    name,
    address,
    state,
    since ? `since ${since.toISOString().slice(0, 19).replace("T", " ")}` : "",
    memory === undefined ? "" : `${Math.round(memory / 2 ** 20)} MiB`,
    cut.all ? "cut" : cut.from.length > 0 ? `cut from ${cut.from.join(", ")}` : "",
  ]);
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, cell.length)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
