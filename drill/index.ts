import type { Inventory } from "../engine/model/inventory/index.ts";
import { openLab } from "../lab/index.ts";
import type { Fault } from "./fault.ts";
import { FAULTS } from "./faults/index.ts";
import { Machines } from "./machines.ts";
import { type Kept, keep, keepHistory, keptRounds } from "./record.ts";
import { round } from "./round.ts";
import { drillTable } from "./table.ts";

export interface DrillOptions {
  readonly inventory: Inventory;
  /** Only these faults, by words of their names; none means all. */
  readonly faults: readonly string[];
  /** How often each fault is made; as often as its own number says unless given. */
  readonly rounds: number | undefined;
  /** Adds to the rounds that are kept: each fault is made until it has its number. */
  readonly resume: boolean;
  /** Minutes after which no new round begins. */
  readonly minutes: number | undefined;
  readonly where: string;
  readonly print: (line: string) => void;
}

/**
 * Makes faults, one after the other, in turns: each once before any twice. Stops at the first violation and leaves the
 * machines as they are. Answers true if there was none.
 */
export async function drill(options: DrillOptions): Promise<boolean> {
  const { inventory, resume, minutes = Number.POSITIVE_INFINITY, where, print } = options;
  const machines = new Machines(inventory, openLab(inventory));
  const all: Kept[] = resume ? keptRounds() : [];
  const until = Date.now() + minutes * 60_000;
  for (let fault = next(options, all); fault && Date.now() < until; fault = next(options, all)) {
    const { verdict, history } = await round(machines, fault);
    const file = keepHistory(fault.name, history);
    all.push({ fault: fault.name, where, ...verdict, outage: Math.round(verdict.outage) });
    if (resume) keep(all);
    print(lineOf(fault, verdict));
    if (verdict.violations.length > 0) {
      for (const one of verdict.violations) print(`  ${one}`);
      print(`  all that was asked: ${file}`);
      return false;
    }
  }
  print(drillTable(FAULTS, all));
  return true;
}

// --- internal ---

function next({ faults, rounds }: DrillOptions, all: readonly Kept[]): Fault | undefined {
  const made = ({ name }: Fault) => all.filter(({ fault }) => fault === name).length;
  const chosen = FAULTS.filter(
    ({ name }) => faults.length === 0 || faults.some((word) => name.includes(word)),
  );
  const lacking = chosen.filter((fault) => made(fault) < (rounds ?? fault.rounds));
  const fewest = Math.min(...lacking.map(made));
  return lacking.find((fault) => made(fault) === fewest);
}

function lineOf(
  { name }: Fault,
  {
    outage,
    acknowledged,
    failed,
    unknown,
    unread,
    lost,
  }: Pick<Kept, "outage" | "acknowledged" | "failed" | "unknown" | "unread" | "lost">,
): string {
  return `${name}: no write for ${(outage / 1000).toFixed(2)} s; ${acknowledged} acknowledged, ${failed} failed, ${unknown} unknown, ${unread} pages failed, ${lost} lost`;
}
