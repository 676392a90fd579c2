/** What happens in a run: one union, so that a reporter that forgets one does not compile. */
export type RunEvent =
  | {
      type: "begin";
      run: string;
      mode: "check" | "apply";
      hosts: readonly string[];
      roles: readonly string[];
      inventory: string;
    }
  | { type: "notice"; text: string }
  /** Something that a person should do, though the run goes on without it. */
  | { type: "warning"; text: string }
  | { type: "connected"; host: string; ms: number }
  | { type: "unreachable"; host: string; problem: string }
  | { type: "busy"; host: string; holder: string }
  | { type: "locked"; host: string; holder: string }
  | { type: "start"; host: string; role: string; resource: string }
  | { type: "waiting"; host: string; role: string; resource: string; reason: string }
  | { type: "ok"; host: string; role: string; resource: string }
  | { type: "changed"; host: string; role: string; resource: string; diff: string; ms: number }
  | { type: "unknown"; host: string; role: string; resource: string; waitsFor: string }
  | {
      type: "failed";
      host: string;
      role: string;
      resource: string;
      phase: Phase;
      code: number;
      output: string;
    }
  | { type: "skipped"; host: string; role: string; resource: string }
  | {
      type: "handler";
      host: string;
      role: string;
      handler: string;
      status: "due" | "done" | "failed";
      output: string;
      ms: number;
    }
  | { type: "refused"; host: string; problem: string }
  | { type: "lost"; host: string; problem: string }
  | { type: "end"; hosts: readonly HostResult[]; ms: number; exitCode: number };

/** Where a resource failed: looking, waiting until it may be applied, applying, or still different after that. */
export type Phase = "check" | "wait" | "apply" | "still";

export interface HostResult {
  readonly host: string;
  readonly ok: number;
  readonly changed: number;
  readonly unknown: number;
  readonly failed: number;
  readonly skipped: number;
  readonly outcome: "done" | "failed" | "unreachable" | "locked" | "lost" | "refused" | "not begun";
  /** How often a command was started on the host. */
  readonly execs: number;
  /** Time from the first connection to the last event, in milliseconds. */
  readonly ms: number;
}

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
