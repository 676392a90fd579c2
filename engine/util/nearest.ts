import { distance } from "fastest-levenshtein";

/** Suggests the known name that is closest to a mistyped one: ` (did you mean "web-01"?)`. Empty if none is close. */
export function didYouMean(given: string, known: readonly string[]): string {
  const nearest = [...known].sort((a, b) => distance(given, a) - distance(given, b))[0];
  if (nearest === undefined || distance(given, nearest) > Math.max(2, given.length / 3)) return "";
  return ` (did you mean "${nearest}"?)`;
}

/** Lists names for a message: `"a", "b" and "c"`. */
export function list(names: readonly string[]): string {
  const quoted = names.map((name) => `"${name}"`);
  const last = quoted.pop();
  if (last === undefined) return "none";
  return quoted.length === 0 ? last : `${quoted.join(", ")} and ${last}`;
}
