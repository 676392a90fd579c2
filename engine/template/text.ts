import { CompileError } from "../util/errors.ts";
import { dedent } from "./dedent.ts";
import { holdsSecret, Masked } from "./masked.ts";
import { Secret } from "./secret.ts";

type Value = string | number | Secret | Text | false | undefined | readonly Value[];

/** The content of a file. */
export class Text extends Masked {
  readonly language = "text";

  constructor(raw: string, masked = raw) {
    super(raw, masked);
  }
}

/**
 * Template for files. Removes the common indent and the first and last line break; the result ends in one newline. A
 * list becomes lines, indented like its placeholder. `false`, `undefined` or an empty list removes the line on which it
 * stands alone. Throws CompileError for a NUL byte.
 */
export function text(strings: TemplateStringsArray, ...values: readonly Value[]): Text {
  const literals = dedent(strings.raw);
  const raw = render(literals, values, (value) => value.reveal());
  return new Text(raw, values.some(holdsSecret) ? render(literals, values, (value) => value.masked) : raw);
}

/** Content that was not written as a template, unchanged. */
export function verbatim(content: string): Text {
  return new Text(content);
}

// --- internal ---

type Show = (value: Masked) => string;

const GONE = "\u0000";

function render(literals: readonly string[], values: readonly Value[], show: Show): string {
  let out = literals[0] ?? "";
  values.forEach((value, index) => {
    const margin = /(?:^|\n)([ \t]*)$/.exec(out)?.[1] ?? "";
    const lines = shown(value, show);
    out +=
      (lines === undefined ? GONE : lines.replaceAll(/\n(?!\n)/g, `\n${margin}`)) +
      (literals[index + 1] ?? "");
  });
  const kept = out
    .split("\n")
    .filter((line) => !line.includes(GONE) || line.replaceAll(GONE, "").trim() !== "");
  return `${kept
    .join("\n")
    .replaceAll(GONE, "")
    .replace(/^\n|\s*$/g, "")}\n`;
}

function shown(value: Value, show: Show): string | undefined {
  if (value === false || value === undefined) return undefined;
  if (value instanceof Secret) return show(value);
  if (value instanceof Text) return show(value).replace(/\n$/, "");
  if (!Array.isArray(value)) return withoutNul(String(value));
  const lines = (value as readonly Value[]).flatMap((item) => shown(item, show) ?? []);
  return lines.length === 0 ? undefined : lines.join("\n");
}

function withoutNul(value: string): string {
  if (value.includes(GONE)) throw new CompileError("found a NUL byte in a template's value; expected text");
  return value;
}
