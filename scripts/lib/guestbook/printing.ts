/** An entry as moderators see it. Times are in UTC, as ISO 8601 has them. */
export interface Entry {
  readonly id: number;
  readonly name: string;
  readonly message: string;
  readonly createdAt: string;
  /** Absent if visitors see it. */
  readonly hiddenAt: string | null;
}

/** Entries as lines of columns. Messages are shortened unless `full`. */
export function tableOf(entries: readonly Entry[], full = false): string {
  const rows = entries.map(({ id, name, message, createdAt, hiddenAt }) => [
    String(id),
    createdAt.slice(0, 16).replace("T", " "),
    hiddenAt === null ? "" : "hidden",
    shortened(printable(name), 24),
    full ? printable(message) : shortened(printable(message), 60),
  ]);
  const all = [["id", "time (UTC)", "", "name", "message"], ...rows];
  const widths = [0, 1, 2, 3].map((at) => Math.max(...all.map((row) => [...(row[at] ?? "")].length)));
  const padded = (cell: string, at: number) =>
    cell + " ".repeat(Math.max(0, (widths[at] ?? 0) - [...cell].length));
  return all.map((row) => row.map(padded).join("  ").trimEnd()).join("\n");
}

/**
 * What others wrote, in one line and harmless for a terminal: line ends are shown as an arrow, and what a terminal may obey
 * or what turns the direction of text is shown as its number.
 */
export function printable(text: string): string {
  return text
    .replaceAll("\n", "↵")
    .replaceAll("\t", " ")
    .replace(OBEYED, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** JSON of the same value, with the same characters as escapes. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(OBEYED, (character) =>
    character === "\n"
      ? character
      : Array.from({ length: character.length }, (_, at) => escaped(character.charCodeAt(at))).join(""),
  );
}

// --- internal ---

/** Controls, line ends, halves of characters, and formatting but for the joiners, which make up letters and emoji. */
const OBEYED = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]|(?![\u200c\u200d])\p{Cf}/gu;

const escaped = (unit: number) => `\\u${unit.toString(16).padStart(4, "0")}`;

function shortened(text: string, most: number): string {
  const characters = [...text];
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : text;
}
