import type { Machines, Pair } from "./machines.ts";

/** Something that happens to machines. Nobody does anything about it but `heal`. */
export interface Fault {
  readonly name: string;
  /** How often it is made: the commonest 20 times. */
  readonly rounds: 20 | 5;
  /** Seconds after which writes go on, in 95 of 100 rounds. */
  readonly goal?: number;
  /** No request may fail, not even one whose outcome nobody knows. */
  readonly smooth?: true;
  /** Seconds from the fault until it is healed. */
  readonly seconds: number;
  /** Before the clients come. */
  prepare?(machines: Machines, pair: Pair): Promise<unknown>;
  bring(machines: Machines, pair: Pair): Promise<unknown>;
  /** What people do who know of no database: power, cables, a program that somebody has stopped. */
  heal?(machines: Machines, pair: Pair): Promise<unknown>;
  /** After the clients have gone: undoes `prepare`. */
  restore?(machines: Machines): Promise<unknown>;
}

/** Seconds of a freeze that is shorter than the lease of three seconds, and of one that is longer. */
export const FREEZES = { short: 1, long: 10 } as const;

/** What people call the units. */
export const UNITS = { mysql: "MySQL", failover: "manager" } as const;

/** Drops packets of a machine until `unfiltered`. `rules` are those of two chains: what comes in, and what goes out. */
export async function filtered(
  machines: Machines,
  host: string,
  rules: { in?: string; out?: string },
): Promise<void> {
  const chain = (hook: string, rule = "") =>
    `add chain inet ${TABLE} ${hook} { type filter hook ${hook} priority -300; }${rule && `; add rule inet ${TABLE} ${hook} ${rule} drop`}`;
  await machines.run(
    host,
    `nft '${["add", "delete", "add"].map((verb) => `${verb} table inet ${TABLE}`).join("; ")}; ${chain("input", rules.in)}; ${chain("output", rules.out)}'`,
  );
}

export async function unfiltered(machines: Machines, host: string): Promise<void> {
  await machines.run(host, `nft delete table inet ${TABLE} 2>/dev/null || :`);
}

// --- internal ---

const TABLE = "drill";
