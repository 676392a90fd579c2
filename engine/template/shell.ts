import { dedent } from "./dedent.ts";
import { holdsSecret, Masked } from "./masked.ts";
import { Secret } from "./secret.ts";
import { Text } from "./text.ts";

type Value = Shell | string | number | Secret | Text | false | undefined | readonly Value[];

/** POSIX shell in which every value is quoted. Made by `sh`, and by `lines` and `bare` from safe parts. */
export class Shell extends Masked {
  readonly language = "sh";

  constructor(raw: string, masked = raw) {
    super(raw, masked);
  }
}

/**
 * Template for shell, the only way to write it. Strings, numbers, secrets and texts become one quoted word each. A list
 * becomes several words. Other `sh` is inserted as it is. `false` and `undefined` become nothing. Backslashes reach the
 * shell unchanged, as JavaScript does not interpret them. Throws TypeError for a NUL byte.
 */
export function sh(strings: TemplateStringsArray, ...values: readonly Value[]): Shell {
  const literals = dedent(strings.raw);
  const render = (masked: boolean) =>
    literals.reduce((out, literal, index) => out + word(values[index - 1], masked) + literal).trimEnd();
  const raw = render(false);
  return new Shell(raw, values.some(holdsSecret) ? render(true) : raw);
}

/** Joins pieces of shell, each on lines of its own, in order. Skips `false` and `undefined`. */
export function lines(parts: readonly (Shell | false | undefined)[]): Shell {
  const kept = parts.filter((part) => part instanceof Shell);
  const raw = kept.map((part) => part.reveal()).join("\n");
  return new Shell(raw, kept.some(holdsSecret) ? kept.map((part) => part.masked).join("\n") : raw);
}

/**
 * Quotes one word for any POSIX shell. zx would use bash's `$'…'`, of which dash prints the dollar. Throws TypeError
 * for a NUL byte.
 */
export function quote(value: string): string {
  if (value.includes("\0")) throw new TypeError("a NUL byte cannot be part of a shell word");
  return /^[\w@%+:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

/** Inserts text unquoted: for names that the compiler makes, never for a value. */
export function bare(name: string): Shell {
  return new Shell(name);
}

// --- internal ---

function word(value: Value, masked: boolean): string {
  if (value === undefined || value === false) return "";
  if (value instanceof Shell) return masked ? value.masked : value.reveal();
  if (value instanceof Secret || value instanceof Text) return quote(masked ? value.masked : value.reveal());
  if (Array.isArray(value)) return (value as readonly Value[]).map((item) => word(item, masked)).join(" ");
  return quote(String(value));
}
