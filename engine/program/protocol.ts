import { bare, type Shell } from "../template/shell.ts";

/**
 * What a program says to the control machine. Each line is a word, followed by its fields. `n` is the number of a
 * resource in its host plan, of a handler, or of a fact. Both the programs and the parser are made from this table.
 */
const FIELDS = {
  held: [],
  busy: ["text"],
  locked: ["text"],
  ok: ["n"],
  start: ["n"],
  changed: ["n", "text"],
  unknown: ["n", "waitsFor"],
  failed: ["n", "phase", "code", "text"],
  skipped: ["n", "because"],
  waiting: ["n", "text"],
  need: ["n", "sha256"],
  trial: ["n"],
  "handler-due": ["n", "text"],
  "handler-start": ["n"],
  "handler-done": ["n", "text"],
  "handler-failed": ["n", "code", "text"],
  left: ["text"],
  fact: ["n", "text"],
  finished: [],
  ended: ["code"],
} as const satisfies Readonly<Record<string, readonly (keyof Values)[]>>;

interface Values {
  readonly n: number;
  readonly waitsFor: number;
  /** The number of the resource that failed. Not a number if that was a handler. */
  readonly because: number;
  readonly code: number;
  readonly phase: Phase;
  readonly sha256: string;
  /** Sent as base64. */
  readonly text: string;
}

/** When a resource failed: in its check, in a plan, while it waited, in apply, or because it still differs after apply. */
const PHASES = ["check", "plan", "wait", "apply", "still"] as const;

export type Phase = (typeof PHASES)[number];

export type Word = keyof typeof FIELDS;

/** A line of a program, parsed. */
export type Signal = { [W in Word]: { readonly word: W } & Pick<Values, (typeof FIELDS)[W][number]> }[Word];

/** The words as shell, for programs to say. */
export const SAYS = Object.fromEntries(Object.keys(FIELDS).map((word) => [word, bare(word)])) as Readonly<
  Record<Word, Shell>
>;

/** The phases as shell, beside which programs say `failed`. */
export const PHASE = Object.fromEntries(PHASES.map((phase) => [phase, bare(phase)])) as Readonly<
  Record<Phase, Shell>
>;

/** Most bytes of a diff or an output that are sent: the last ones. */
export const SHOWN = 65_536;

/** Parses one line; undefined if a program does not say such a thing. */
export function parseSignal(line: string): Signal | undefined {
  const [word = "", ...values] = line.split(" ");
  if (!Object.hasOwn(FIELDS, word)) return undefined;
  const fields = FIELDS[word as Word].map((field, at) => [field, READ[field](values[at] ?? "")]);
  return { word, ...Object.fromEntries(fields) } as Signal;
}

// --- internal ---

const READ: { readonly [Field in keyof Values]: (value: string) => Values[Field] } = {
  n: Number,
  waitsFor: Number,
  because: Number,
  code: Number,
  phase: (value) => value as Phase,
  sha256: (value) => value,
  text: decode,
};

/**
 * A text that was cut loses 1,024 more bytes at its beginning: it could begin inside a secret, and half a secret is not
 * recognised.
 */
function decode(base64: string): string {
  const bytes = Buffer.from(base64, "base64");
  return bytes.length < SHOWN ? bytes.toString("utf8") : `…${bytes.subarray(1024).toString("utf8")}`;
}
