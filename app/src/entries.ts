import { isDuplicate, isUnknownColumn } from "./database/failures.ts";
import type { Row, Session, Value } from "./database/session.ts";
import type { Database, Served, Written } from "./database/types.ts";
import type { Draft } from "./text.ts";

/** One entry of the guestbook. */
export interface Entry extends Draft {
  readonly id: number;
  readonly createdAt: Date;
}

/** Entries, newest first. */
export interface EntryPage {
  readonly entries: readonly Entry[];
  /** Where the next, older page begins; absent on the last one. */
  readonly next?: number;
}

/** Reads the newest entries that are not hidden, or the newest of those that are older than the entry `before`. */
export function listEntries(
  database: Database,
  query: { readonly limit: number; readonly before?: number },
  after?: string,
): Promise<Served<EntryPage>> {
  return database.read(async (session) => {
    const { limit, before } = query;
    const older = before === undefined ? {} : { where: "id < ?", values: [before] };
    const rows = await visible(session, { ...older, limit: limit + 1 });
    const entries = rows.slice(0, limit).map(toEntry);
    const last = entries.at(-1);
    return { entries, ...(rows.length > limit && last !== undefined && { next: last.id }) };
  }, after);
}

/** Reads one entry. One that is hidden is not there. */
export function findEntry(
  database: Database,
  id: number,
  after?: string,
): Promise<Served<Entry | undefined>> {
  return database.read(async (session) => {
    const [row] = await visible(session, { where: "id = ?", values: [id], limit: 1 });
    return row && toEntry(row);
  }, after);
}

/** What became of a new entry. `repeated`: the same one was sent before. `conflict`: another one with its key was. */
export type Added = { readonly outcome: "added" | "repeated" | "conflict"; readonly entry: Entry };

/**
 * Adds an entry. The key makes repetitions harmless: the entry is there once, however often it is sent. A hidden one keeps
 * its key, so that sending it again does not bring it back; the sender is answered as before, with the sender's own words.
 */
export function addEntry(database: Database, draft: Draft, key: string): Promise<Written<Added>> {
  const createdAt = new Date();
  return database.write(async (session): Promise<Added> => {
    try {
      const sql = "INSERT INTO entries (name, message, idempotency_key, created_at) VALUES (?, ?, ?, ?)";
      const { insertId } = await session.write(sql, [draft.name, draft.message, key, createdAt]);
      return { outcome: "added", entry: { id: insertId, ...draft, createdAt } };
    } catch (error) {
      const existing = isDuplicate(error) ? await findByKey(session, key) : undefined;
      if (existing === undefined) throw error;
      const same = existing.name === draft.name && existing.message === draft.message;
      return { outcome: same ? "repeated" : "conflict", entry: existing };
    }
  });
}

const SELECT = "SELECT id, name, message, created_at FROM entries";

interface Wanted {
  readonly where?: string;
  readonly values?: readonly Value[];
  readonly limit: number;
}

/**
 * Rows that visitors may see, newest first. A release may be there before the migration, on the primary or on a replica
 * that has yet to apply it: where the column is unknown, nothing can be hidden.
 */
async function visible(session: Session, { where, values = [], limit }: Wanted): Promise<readonly Row[]> {
  const read = (...conditions: (string | undefined)[]) => {
    const all = conditions.filter((condition) => condition !== undefined).join(" AND ");
    const sql = `${SELECT}${all && ` WHERE ${all}`} ORDER BY id DESC LIMIT ?`;
    return session.rows(sql, [...values, limit]);
  };
  try {
    return await read("hidden_at IS NULL", where);
  } catch (error) {
    if (isUnknownColumn(error)) return read(where);
    throw error;
  }
}

/** Hidden ones, too. */
async function findByKey(session: Session, key: string): Promise<Entry | undefined> {
  const [row] = await session.rows(`${SELECT} WHERE idempotency_key = ?`, [key]);
  return row && toEntry(row);
}

function toEntry(row: Row): Entry {
  const createdAt = row["created_at"];
  return {
    id: Number(row["id"]),
    name: String(row["name"]),
    message: String(row["message"]),
    createdAt: createdAt instanceof Date ? createdAt : new Date(String(createdAt)),
  };
}
