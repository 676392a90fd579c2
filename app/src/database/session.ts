import type { Connection, ResultSetHeader, RowDataPacket } from "mysql2/promise";
import { within } from "./deadline.ts";

/** A borrowed connection. Every statement has a deadline, so a hung database cannot hold a visitor. */
export interface Session {
  rows(sql: string, values?: readonly Value[], milliseconds?: number): Promise<readonly Row[]>;
  /** Runs one writing statement, which autocommits. */
  write(sql: string, values: readonly Value[]): Promise<WriteResult>;
  ping(): Promise<void>;
}

export type Row = Readonly<Record<string, unknown>>;
export type Value = string | number | Date;

export interface WriteResult {
  readonly insertId: number;
  /** The transaction's own GTID, if the server reports it. */
  readonly gtid?: string;
}

// For a patience of 1. A write may wait until the primary knows that its replica is gone, which takes two seconds and more.
const READ_MS = 1000;
const WRITE_MS = 4000;
const PING_MS = 1000;

/** Wraps a connection of the driver. All its time limits are multiplied by `patience`. */
export function sessionOn(connection: Connection, patience: number): Session {
  const bounded = <T>(milliseconds: number, work: Promise<T>) =>
    within(milliseconds * patience, work, () => {
      // The driver's own timeout would leave the statement running on a connection that goes back to the pool.
      connection.destroy();
      return Object.assign(new Error("the database did not answer in time"), {
        code: "ETIMEDOUT",
        fatal: true,
      });
    });
  return {
    rows: async (sql, values = [], milliseconds = READ_MS) => {
      const [rows] = await bounded(milliseconds, connection.query<RowDataPacket[]>(sql, [...values]));
      return rows;
    },
    write: async (sql, values) => {
      const [header] = await bounded(WRITE_MS, connection.execute<ResultSetHeader>(sql, [...values]));
      const gtid = ownGtid(header);
      return { insertId: header.insertId, ...(gtid !== undefined && { gtid }) };
    },
    ping: () => bounded(PING_MS, connection.ping()),
  };
}

// The driver parses the session tracker's report but does not declare it in its types.
function ownGtid(
  header: ResultSetHeader & { readonly stateChanges?: { readonly gtids?: readonly string[] } },
) {
  const gtids = header.stateChanges?.gtids ?? [];
  return gtids.length > 0 ? gtids.join(",") : undefined;
}
