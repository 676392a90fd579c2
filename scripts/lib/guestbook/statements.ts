import { literal, SESSION } from "../../../roles/mysql/sql.ts";
import { removal } from "../../../roles/shared/entries.ts";

/** Where a list begins or ends: an entry, or a time in UTC as MySQL writes it. */
export type Point = { readonly id: number } | { readonly time: string };

/** Which entries are asked for. */
export interface Filter {
  /** Only these; all if there are none. */
  readonly ids?: readonly number[];
  readonly hidden?: boolean;
  /** This one and newer ones. */
  readonly from?: Point | undefined;
  /** Older ones than this. */
  readonly before?: Point | undefined;
  /** In name or message, in any case, with any accents. */
  readonly search?: string | undefined;
  readonly count: number;
}

/** What is done with entries, by the names of the verbs. */
export type Change = "hide" | "show" | "delete";

/** SQL that prints entries, newest first, a JSON object a line. */
export function listing(database: string, filter: Filter): string {
  const { ids = [], hidden = false, from, before, search, count } = filter;
  // In hexadecimal digits there is nothing that mysql or MySQL could take for something else.
  const text = search && `_utf8mb4 X'${Buffer.from(search).toString("hex")}'`;
  const conditions = [
    ids.length > 0 && `id IN (${ids.map(Number).join(", ")})`,
    hidden && "hidden_at IS NOT NULL",
    from && comparison(">=", from),
    before && comparison("<", before),
    text && `(INSTR(name, ${text}) OR INSTR(message, ${text}))`,
  ].filter(Boolean);
  return `${SESSION}
SELECT JSON_OBJECT('id', id, 'name', name, 'message', message, 'createdAt', created_at, 'hiddenAt', hidden_at)
FROM ${database}.entries WHERE ${conditions.join(" AND ") || "TRUE"} ORDER BY id DESC LIMIT ${count};`;
}

/**
 * SQL that changes entries in one transaction. Prints those that are there as they were before, and then all transactions
 * that the database has executed. No gap is locked, so visitors write on. It waits 20 s for a migration, and no longer.
 */
export function changing(database: string, change: Change, ids: readonly number[]): string {
  const these = `id IN (${ids.map(Number).join(", ")})`;
  const statement = {
    hide: `UPDATE ${database}.entries SET hidden_at = UTC_TIMESTAMP(3) WHERE ${these} AND hidden_at IS NULL`,
    show: `UPDATE ${database}.entries SET hidden_at = NULL WHERE ${these} AND hidden_at IS NOT NULL`,
    delete: removal(database, ids),
  }[change];
  return `${SESSION}
SET SESSION lock_wait_timeout = 20, innodb_lock_wait_timeout = 20;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
START TRANSACTION;
SELECT JSON_OBJECT('id', id, 'hidden', hidden_at IS NOT NULL) FROM ${database}.entries WHERE ${these} FOR UPDATE;
${statement};
COMMIT;
SELECT JSON_OBJECT('executed', REPLACE(@@GLOBAL.gtid_executed, '\\n', ''));`;
}

/** SQL that waits until a replica has these transactions. Prints 0, or 1 if it has not got them after so many seconds. */
export function awaiting(executed: string, seconds: number): string {
  return `SELECT JSON_OBJECT('late', WAIT_FOR_EXECUTED_GTID_SET(${literal(executed)}, ${seconds}));`;
}

// --- internal ---

const comparison = (operator: "<" | ">=", point: Point) =>
  "id" in point ? `id ${operator} ${Number(point.id)}` : `created_at ${operator} ${literal(point.time)}`;
