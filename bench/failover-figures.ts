import { median } from "./bench.ts";
import { GIVES_UP } from "./failover-visitor.ts";

/** What one fault has cost. Times are in milliseconds. */
export interface Measured {
  readonly name: string;
  /** Seconds within which 95 of 100 visitors are to have their page. */
  readonly goal: number;
  readonly rounds: number;
  readonly waits: readonly number[];
  /** Until the network knew the address's new place, for the rounds in which it moved. */
  readonly moves: readonly number[];
}

/** All that one run of the benchmark finds. docs/measured/ keeps it as JSON. */
export interface FailoverFigures {
  /** Computer and date. */
  readonly where: string;
  readonly faults: readonly Measured[];
}

/** Median, 95th percentile and maximum; a visitor who gave up waited for longer than is said. */
export function figures(times: readonly number[]): string {
  if (times.length === 0) return "";
  const gave = times.filter((time) => time >= GIVES_UP).length;
  const text = `median ${seconds(median(times))}, 95 % within ${seconds(share(times, 0.95))}, at most ${seconds(share(times, 1))} s`;
  return gave === 0 ? text : `${text}; ${gave} gave up`;
}

/** The figures of one run as Markdown. */
export function failoverTable({ where, faults }: FailoverFigures): string {
  const rows = faults.map(({ name, goal, waits, moves }) => [
    name,
    `${seconds(median(waits))} s`,
    `${seconds(share(waits, 0.95))} s`,
    `${seconds(share(waits, 1))} s`,
    `${goal} s, ${share(waits, 0.95) <= 1000 * goal ? "reached" : "missed"}`,
    moves.length === 0 ? "" : `${seconds(median(moves))} s (${moves.length} times)`,
  ]);
  const titles = ["", "median", "95 % within", "at most", "goal for 95 %", "the address was elsewhere after"];
  const lines = [titles, ["---", "---:", "---:", "---:", "---", "---"], ...rows];
  const table = lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  const each = faults.map(({ name, waits }) => `- ${name}: ${waits.map(seconds).join(" ")}`);
  const said = `On one box with ${where}, ${faults[0]?.rounds ?? 0} rounds of each.`;
  return [said, table, "All visitors, in seconds:", each.join("\n")].join("\n\n");
}

/** Milliseconds as seconds. */
export const seconds = (ms: number): string => (ms / 1000).toFixed(2);

// --- internal ---

/** The time within which this share of all was done. */
function share(times: readonly number[], part: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN;
}
