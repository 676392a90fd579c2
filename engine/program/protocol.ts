/** Where a resource failed: looking, waiting until it may be applied, applying, or still different after that. */
export type Phase = "check" | "wait" | "apply" | "still";

/** At most so many bytes of a diff or an output are sent: the last ones. */
export const SHOWN = 65_536;

/** A line of a program, as the host wrote it. */
export type Signal =
  | Says<"ok" | "start" | "call" | "due" | "handling" | "handled", { n: number }>
  | Says<"changed" | "waiting" | "fact", { n: number; text: string }>
  | Says<"unknown", { n: number; waitsFor: number }>
  | Says<"failed", { n: number; phase: Phase; code: number; text: string }>
  | Says<"unhandled", { n: number; code: number; text: string }>
  | Says<"need", { n: number; sha256: string }>
  | Says<"busy" | "locked", { text: string }>
  | Says<"held" | "finished", object>;

type Says<Word, Rest> = Word extends string ? { word: Word } & Rest : never;

/** Reads one line; undefined when it is none of a program's. */
export function parseSignal(line: string): Signal | undefined {
  const [word, first = "", second = "", third = "", fourth = ""] = line.split(" ");
  const n = Number(first);
  switch (word) {
    case "ok":
    case "start":
    case "call":
    case "due":
    case "handling":
    case "handled":
      return { word, n };
    case "changed":
    case "waiting":
    case "fact":
      return { word, n, text: decode(second) };
    case "unknown":
      return { word, n, waitsFor: Number(second) };
    case "failed":
      return { word, n, phase: second as Phase, code: Number(third), text: decode(fourth) };
    case "unhandled":
      return { word, n, code: Number(second), text: decode(third) };
    case "need":
      return { word, n, sha256: second };
    case "busy":
    case "locked":
      return { word, text: decode(first) };
    case "held":
    case "finished":
      return { word };
    default:
      return undefined;
  }
}

// --- internal ---

/** What was cut begins a little later still, so that it cannot begin inside a secret, where nobody would recognise it. */
function decode(base64: string): string {
  const bytes = Buffer.from(base64, "base64");
  return bytes.length < SHOWN ? bytes.toString("utf8") : `…${bytes.subarray(1024).toString("utf8")}`;
}
