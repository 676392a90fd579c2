import type { DatabaseState } from "./choose.ts";
import type { Client } from "./client.ts";
import type { Log, Monitor } from "./monitor.ts";
import type { Session } from "./session.ts";

/** The replicated databases as one. It finds out by itself which host takes the work. */
export interface Database {
  /** Runs a reading task, if possible on data that contain the GTID set `after`. Throws Unavailable. */
  read<T>(task: (session: Session) => Promise<T>, after?: string): Promise<Served<T>>;
  /**
   * Runs a writing task on the primary; the task sends one writing statement. Throws Unavailable if nothing was
   * written, and OutcomeUnknown if that cannot be known.
   */
  write<T>(task: (session: Session) => Promise<T>): Promise<Written<T>>;
  states(): readonly DatabaseState[];
  close(): Promise<void>;
}

/** A result, and the database that it came from. */
export interface Served<T> {
  readonly value: T;
  readonly database: string;
  readonly role: DatabaseState["role"];
}

/** The result of a write. */
export interface Written<T> extends Served<T> {
  /** What a later read has to wait for to see this write. */
  readonly gtid?: string;
}

/** What reading and writing share. */
export interface Hosts {
  readonly clients: ReadonlyMap<string, Client>;
  readonly monitor: Monitor;
  readonly log: Log;
}
