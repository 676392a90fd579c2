import { UnreachableError } from "../../../engine/util/errors.ts";
import type { Asking, Row } from "./databases.ts";
import type { Entry } from "./printing.ts";
import { type Change, changing, type Filter, listing } from "./statements.ts";

/** Entries, newest first, and whether there are more. */
export async function list(databases: Asking, filter: Filter) {
  const rows = await databases.query(listing(databases.name, { ...filter, count: filter.count + 1 }));
  const entries = rows.slice(0, filter.count).map(entryOf);
  const next = rows.length > filter.count ? entries.at(-1)?.id : undefined;
  return { entries, next: next ?? null };
}

/** What became of one entry. `done`: changed now; `already`: it was so before; `absent`: there is none with this id. */
export interface Changed {
  readonly id: number;
  readonly outcome: "done" | "already" | "absent";
}

/**
 * Hides, shows or deletes entries, all or none of them. Answers what became of each, and which databases do not have it yet.
 * Throws UnreachableError if the connection is lost meanwhile: then nobody here knows.
 */
export async function change(databases: Asking, what: Change, ids: readonly number[]) {
  const rows = await databases.query(changing(databases.name, what, ids)).catch((error: Error) => {
    if (!(error instanceof UnreachableError)) throw error;
    throw new UnreachableError(
      `${databases.primary.name}: ${error.message}. Whether the entries were changed is not known: npm run guestbook -- list ${ids.join(" ")} says it`,
    );
  });
  const wasHidden = new Map(
    rows.flatMap((row) => ("id" in row ? [[row["id"], Boolean(row["hidden"])]] : [])),
  );
  const changed = ids.map((id): Changed => {
    const before = wasHidden.get(id);
    if (before === undefined) return { id, outcome: "absent" };
    return { id, outcome: what !== "delete" && before === (what === "hide") ? "already" : "done" };
  });
  const executed = String(rows.find((row) => "executed" in row)?.["executed"]);
  return { changed, lacking: await databases.lacking(executed) };
}

/** A change in words. */
export function wordsOf(what: Change, { id, outcome }: Changed): string {
  return `${id}  ${outcome === "absent" ? "is not there" : WORDS[what][outcome]}`;
}

// --- internal ---

const WORDS = {
  hide: { done: "hidden", already: "was hidden already" },
  show: { done: "shown again", already: "was not hidden" },
  delete: { done: "deleted", already: "" },
};

function entryOf(row: Row): Entry {
  const { id, name, message, createdAt, hiddenAt } = row;
  return {
    id: Number(id),
    name: String(name),
    message: String(message),
    createdAt: iso(createdAt),
    hiddenAt: hiddenAt === null ? null : iso(hiddenAt),
  };
}

/** MySQL's DATETIME, which the application keeps in UTC. */
const iso = (time: unknown) => new Date(`${String(time).replace(" ", "T")}Z`).toISOString();
