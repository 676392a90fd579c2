import { existsSync } from "node:fs";
import type { Absent, Mysql, Peer } from "../seen.ts";
import { mysqldOf, type Process } from "./process.ts";
import { type Row, Session, type SessionOptions } from "./session.ts";
import { HAS_ALL } from "./statements.ts";

/** What the managers tell each other about their databases. */
export interface Told {
  readonly open: boolean;
  readonly receives: string | null;
  readonly admits: readonly string[];
  /** Every transaction that it has, received or applied, as a set of GTIDs. Null if its data are not whole. */
  readonly has: string | null;
}

export interface Observed {
  /** Undefined as long as it may just be slow. */
  readonly mysql: Mysql | Absent | undefined;
  /** Why it said nothing. */
  readonly why?: string;
  readonly peers: Readonly<Record<string, Peer | null>>;
  /** What this manager tells the others; null while its MySQL does not answer. */
  readonly told: Told | null;
}

export interface DatabaseOptions extends SessionOptions {
  /** File in which the kernel lists the processes of MySQL's unit. */
  readonly processes: string;
  /** File that is there while MySQL is being stopped: then it is as good as gone. */
  readonly stopping: string;
  readonly me: string;
  /** Names of all databases by their addresses. */
  readonly names: ReadonlyMap<string, string>;
}

/** Milliseconds, times the patience, after which a MySQL that listens and does not answer is frozen. */
const FROZEN = {
  answered: 2000,
  /** One that has not answered this manager yet may still be getting ready. But it may also have hung before the manager began. */
  never: 30_000,
} as const;

/** This machine's MySQL, as the manager sees it. */
export class Database {
  readonly session: Session;
  readonly #options: DatabaseOptions;
  #answeredBy: Process | undefined;
  #answeredAt = performance.now();
  #met: { readonly process: Process; readonly at: number } | undefined;
  #before: string | null = null;
  #stuckSince: number | undefined;
  #confirmations = "";
  #confirmedBy: Process | undefined;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.session = new Session(options);
  }

  get process(): Process | undefined {
    return mysqldOf(this.#options.processes);
  }

  /** Observes MySQL, and compares what the other databases say with it. */
  async observe(peers: Readonly<Record<string, Told | null>>): Promise<Observed> {
    const unknown = { peers: {}, told: null };
    const process = this.process;
    if (process === undefined || existsSync(this.#options.stopping)) {
      this.session.close();
      return { mysql: "gone", ...unknown };
    }
    try {
      const row = await this.session.observe();
      const has = wholeSet(row);
      const mysql = this.#mysqlOf(row, process);
      this.#answeredBy = process;
      this.#answeredAt = performance.now();
      return {
        mysql,
        peers: await this.#compared(peers, has),
        told: { open: mysql.open, receives: mysql.receives, admits: mysql.admits, has },
      };
    } catch (error) {
      // An error of SQL is an answer, too.
      if ((error as { sqlState?: string }).sqlState !== undefined) this.#answeredAt = performance.now();
      return { mysql: this.#absent(process, error), why: (error as Error).message, ...unknown };
    }
  }

  /** A write of the manager's own has been confirmed by a replica, since commits have begun to wait. */
  confirmed(): void {
    this.#confirmedBy = this.#answeredBy;
  }

  // --- internal ---

  #mysqlOf(row: Row, process: Process): Mysql {
    const [open, waits] = [Number(row["read_only"]) === 0, Number(row["waits"]) === 1];
    if (!open || !waits || !same(this.#confirmedBy, process)) this.#confirmedBy = undefined;
    const source = row["source"] ? String(row["source"]) : "";
    return {
      open,
      empty: row["executed"] === "",
      waits,
      confirmed: this.#confirmedBy !== undefined,
      stuckFor: waits ? this.#stuckFor(row["semi_sync"]) : 0,
      receives:
        !source || row["receiver"] === "OFF" || row["receiver_error"] === ACCESS_DENIED
          ? null
          : (this.#options.names.get(source) ?? source),
      // MySQL says CONNECTING while it tries.
      reaches: row["receiver"] === "ON",
      admits: this.#admitted(parsed<readonly string[]>(row["admits"]) ?? []),
    };
  }

  /** Whom these accounts let in; their hosts are addresses, or networks as MySQL writes them. */
  #admitted(hosts: readonly string[]): string[] {
    const lets = (host: string, address: string) =>
      host === address || (host.endsWith("%") && address.startsWith(host.slice(0, -1)));
    const { me, names } = this.#options;
    return [...names]
      .filter(([address, name]) => name !== me && hosts.some((host) => lets(host, address)))
      .map(([, name]) => name);
  }

  #stuckFor(told: unknown): number {
    const semiSync = parsed<Record<string, string>>(told) ?? {};
    const { clients = "0", wait_sessions: waiting = "0", yes_tx: confirmations = "" } = semiSync;
    const moves = clients !== "0" && (waiting === "0" || confirmations !== this.#confirmations);
    this.#confirmations = confirmations;
    const now = performance.now();
    this.#stuckSince = moves ? undefined : (this.#stuckSince ?? now);
    return (now - (this.#stuckSince ?? now)) / this.#scale;
  }

  async #compared(peers: Readonly<Record<string, Told | null>>, mine: string | null) {
    // The others were asked after the last observation, and before this one.
    const before = this.#before;
    this.#before = mine;
    const compared: Record<string, Peer | null> = {};
    for (const [name, peer] of Object.entries(peers))
      compared[name] = peer && {
        ...{ open: peer.open, receives: peer.receives, admits: peer.admits },
        hasMine: await this.#hasAll(mine, peer.has),
        near: await this.#hasAll(before, peer.has),
      };
    return compared;
  }

  async #hasAll(mine: string | null, theirs: string | null): Promise<boolean> {
    if (mine === null || theirs === null) return false;
    const [row] = await this.session.query(HAS_ALL, [mine, theirs]);
    return Number(row?.["has"]) === 1;
  }

  #absent(process: Process, error: unknown): Absent | undefined {
    // On its way up or down, nobody listens.
    if (NOBODY_LISTENS.has((error as { code?: string }).code)) return "starting";
    const now = performance.now();
    if (!same(this.#met?.process, process)) this.#met = { process, at: now };
    if (now - this.#answeredAt <= FROZEN.answered * this.#scale) return undefined;
    if (same(this.#answeredBy, process)) return "frozen";
    return now - (this.#met?.at ?? now) > FROZEN.never * this.#scale ? "frozen" : "starting";
  }

  /** The patience of the inventory, as one second's. */
  get #scale(): number {
    return this.#options.patience / 1000;
  }
}

/** mysql2 has read JSON already, unless MySQL did not say that it is. */
const parsed = <T>(told: unknown) => (typeof told === "string" ? JSON.parse(told) : told) as T | null;

const same = (one: Process | undefined, other: Process) =>
  one?.pid === other.pid && one.started === other.started;

/** The source has thrown away what this replica lacks, or has something else in its place. */
const UNREACHABLE: ReadonlySet<number> = new Set([1236, 13_114]);

const NOBODY_LISTENS: ReadonlySet<string | undefined> = new Set(["ENOENT", "ECONNREFUSED"]);

/** The password may have changed: attached again, it has the new one. */
const ACCESS_DENIED = 1045;

/** Null if the database has to be copied again: it is empty, its last copy is not whole, or its source cannot go on from there. */
function wholeSet(row: Row): string | null {
  const executed = String(row["executed"] ?? "");
  const copied = row["clone"] === null || row["clone"] === "Completed";
  if (executed === "" || !copied || UNREACHABLE.has(Number(row["receiver_error"]))) return null;
  return [executed, String(row["received"])].filter(Boolean).join(",");
}
