import { UsageError } from "../../../engine/util/errors.ts";
import { didYouMean, list } from "../../../engine/util/nearest.ts";
import type { Point } from "./statements.ts";

export const VERBS = ["list", "hide", "show", "delete"] as const;
export type Verb = (typeof VERBS)[number];

/** The verb that a word is. Throws UsageError that names the nearest. */
export function verbIn(word: string): Verb {
  const verb = VERBS.find((verb) => verb === word);
  if (verb) return verb;
  throw new UsageError(`found the verb "${word}"${didYouMean(word, VERBS)}; expected ${list(VERBS)}`);
}

/** The ids of entries that a verb is given, each once. Throws UsageError for what is none, and if a change has none. */
export function idsFor(verb: Verb, words: readonly string[]): readonly number[] {
  if (words.length === 0 && verb !== "list")
    throw new UsageError(`${verb}: found no entry; expected ids, as npm run guestbook -- list shows them`);
  const ids = words.map((word) => {
    const id = wholeId(word);
    if (id !== undefined) return id;
    throw new UsageError(`${verb}: found "${word}"; expected the id of an entry, a whole number`);
  });
  return [...new Set(ids)];
}

/** Refuses flags of list with another verb: nobody deletes "those from yesterday" and gets others. */
export function requireListing(verb: Verb, flags: Readonly<Record<string, unknown>>): void {
  const given = LISTING.find((flag) => flags[flag] !== undefined && flags[flag] !== false);
  if (given === undefined) return;
  throw new UsageError(`${verb}: found --${given}, which is for list; expected only the ids of entries`);
}

/** A reader of flags that are an entry's id, or a day or a time in UTC. */
export function pointIn(flag: string): (value: string) => Point {
  return (value) => {
    const id = wholeId(value);
    if (id !== undefined) return { id };
    const [, day = "", clock = "00:00"] =
      /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)Z?)?$/.exec(value) ?? [];
    const time = new Date(`${day}T${clock}Z`);
    // 30 February is 2 March for Date.
    if (!Number.isNaN(time.getTime()) && time.toISOString().startsWith(day))
      return { time: time.toISOString().slice(0, 19).replace("T", " ") };
    throw new UsageError(
      `--${flag}: found "${value}"; expected the id of an entry, or a day or time in UTC: 2026-11-27 or 2026-11-27T14:30`,
    );
  };
}

// --- internal ---

const LISTING = ["hidden", "search", "from", "before", "count", "full"];

/** Up to what a number holds exactly. */
function wholeId(word: string): number | undefined {
  return /^[1-9]\d{0,14}$/.test(word) ? Number(word) : undefined;
}
