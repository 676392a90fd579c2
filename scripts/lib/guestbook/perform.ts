import { confirm } from "./confirmation.ts";
import type { Asking } from "./databases.ts";
import { jsonOf, tableOf } from "./printing.ts";
import type { Change, Filter } from "./statements.ts";
import { change, list, wordsOf } from "./verbs.ts";

interface Wanted extends Omit<Filter, "count"> {
  readonly ids: readonly number[];
  readonly count: number | undefined;
  readonly full: boolean;
  readonly json: boolean;
}

/** Prints entries. Answers the exit code: 3 if one that was asked for by its id is not there. */
export async function listEntries(databases: Asking, { count, full, json, ...filter }: Wanted) {
  const { ids } = filter;
  const found = await list(databases, { ...filter, count: count ?? Math.max(USUAL, ids.length) });
  const { entries, next } = found;
  const absent = ids.filter((id) => entries.every((entry) => entry.id !== id));
  if (json) console.log(jsonOf({ primary: databases.primary.name, ...found }));
  else if (entries.length > 0) console.log(tableOf(entries, full));
  else console.error("no entry");
  if (next !== null) console.error(`there are older ones: add --before ${next}`);
  if (ids.length > 0 && entries.length > 0 && absent.length > 0)
    console.error(`not found: ${absent.join(", ")}`);
  return absent.length === 0 ? 0 : NOT_ALL;
}

/** Changes entries, and says of each what became of it. Answers the exit code: 3 if one is not there. */
export async function changeEntries(
  databases: Asking,
  what: Change,
  ids: readonly number[],
  { json, yes }: { readonly json: boolean; readonly yes: boolean },
) {
  if (what === "delete" && !yes) await confirm(databases, ids);
  const { changed, lacking } = await change(databases, what, ids);
  if (json) console.log(jsonOf({ primary: databases.primary.name, changed, lacking }));
  else for (const one of changed) console.log(wordsOf(what, one));
  for (const name of lacking)
    console.error(`${name} does not have this yet, or cannot be asked: visitors may still see it as it was`);
  return changed.some(({ outcome }) => outcome === "absent") ? NOT_ALL : 0;
}

// --- internal ---

/** How many are listed unless the user says it. */
const USUAL = 20;

const NOT_ALL = 3;
