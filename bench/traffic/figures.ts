import type { Handshakes } from "./handshakes.ts";
import type { Answered } from "./open-loop.ts";
import type { Spent } from "./processors.ts";

/** What is asked for. The goal is a share of what one web server answers that is asked directly. */
export interface Asked {
  readonly name: string;
  readonly path: string;
  /** In per cent. */
  readonly goal?: number;
  readonly once?: boolean;
}

export const ASKED: readonly Asked[] = [
  { name: "a static file", path: "/static/site.css", goal: 30 },
  { name: "the application alone", path: "/healthz", goal: 40 },
  { name: "the same, a new connection each time", path: "/healthz", once: true },
  { name: "a page that reads the database", path: "/", goal: 60 },
];

/** Names of contenders, in the order in which tables have them. */
export const DIRECTLY = "one web server directly";
export const CONTENDERS = ["Quintet", "by hand", "plain HTTP", DIRECTLY];

/** By what is asked for, then by contender. */
export type By<Found> = Record<string, Record<string, Found>>;

/** One closed loop: requests per second, failed requests, and microseconds of processor time for a request. */
export interface Closed {
  readonly rate: number;
  readonly failed: number;
  readonly spent: Spent;
}

/** One open loop: its fixed rate, and the latencies in milliseconds. */
export interface Open extends Answered {
  readonly rate: number;
}

/** All that one run of the benchmark finds, with one entry for each round. docs/measured/ keeps it as JSON. */
export interface Figures {
  /** Computer and date. */
  readonly where: string;
  readonly closed: By<Closed[]>;
  readonly open: By<Open[]>;
  readonly handshakes: Record<string, Handshakes[]>;
}

/** Adds what a round has found. */
export function note<Found>(all: By<Found[]>, asked: string, contender: string, found: Found): void {
  const row = all[asked] ?? {};
  all[asked] = row;
  row[contender] = [...(row[contender] ?? []), found];
}
