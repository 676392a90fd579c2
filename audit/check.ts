import type { Host, Inventory } from "../engine/model/inventory/index.ts";
import type { Context } from "../engine/model/role.ts";
import type { Shell } from "../engine/template/shell.ts";
import type { Flow } from "../roles/firewall/flows.ts";

/** `left out` means that it could not be examined from here. It is neither good nor bad, but it is shown. */
export type Verdict = "ok" | "bad" | "left out";

/** What was found about one thing. */
export interface Found {
  /** For example a machine, a port or a login. */
  readonly about: string;
  readonly verdict: Verdict;
  readonly found: string;
  readonly expected: string;
  /** All measured values, for --json. */
  readonly figures?: Readonly<Record<string, unknown>>;
}

/** One run of a tool, with a time limit. */
export interface Examination {
  readonly about: string;
  readonly expected: string;
  readonly seconds: number;
  /** If the signal fires, `run` ends what it started. If it throws, the error becomes a bad finding. */
  readonly run: (signal: AbortSignal) => Promise<readonly Found[]>;
}

/** An audit check: all examinations with one tool. */
export interface Check {
  readonly name: string;
  readonly summary: string;
  /** Commands that must be on this computer, and the Debian package of each. */
  readonly tools: Readonly<Record<string, string>>;
  /** How many examinations may run at the same time. @default 5 */
  readonly atOnce?: number;
  readonly examinations: (subject: Subject) => readonly Examination[];
}

/** The site that is audited. */
export interface Subject {
  readonly inventory: Inventory;
  /** The hosts to audit, after --limit. */
  readonly hosts: readonly Host[];
  /** Who may open connections to what, from the firewall's table. */
  readonly flows: readonly Flow[];
  /** The variables of a role on a host. */
  readonly varsOf: Context<unknown>["varsOf"];
  /**
   * Runs shell on a host as root, for at most `seconds`, and returns what it printed. If there is a `file`, the script
   * prints a line `file` when it is ready, and then reads the file from stdin. Throws if the script fails.
   */
  ask(host: Host, script: Shell, signal: AbortSignal, options?: AskOptions): Promise<string>;
}

export interface AskOptions {
  /** @default 60 */
  readonly seconds?: number;
  readonly file?: Buffer;
}

/** A found thing with its check and duration, for the report. */
export interface Finding extends Found {
  readonly check: string;
  readonly ms: number;
}

/** Runs all examinations of a check. If one throws or takes too long, that is a bad finding, and the others go on. */
export async function perform(
  check: Check,
  subject: Subject,
  signal: AbortSignal,
  report: (finding: Finding) => void,
): Promise<void> {
  const waiting = [...check.examinations(subject)];
  const work = async () => {
    for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift()) {
      const began = Date.now();
      const found = await attempt(next, signal);
      for (const each of found) report({ ...onOneLine(each), check: check.name, ms: Date.now() - began });
    }
  };
  await Promise.all(Array.from({ length: check.atOnce ?? 5 }, work));
}

/** The verdict: bad if there are problems. The problems are added to the text. */
export function judged(found: string, problems: readonly string[]): Pick<Found, "verdict" | "found"> {
  return {
    verdict: problems.length === 0 ? "ok" : "bad",
    found: [found, ...problems].filter(Boolean).join("; "),
  };
}

// --- internal ---

/** Milliseconds that an examination gets to end its children after its time is up. */
const GRACE = 15_000;

/** Error messages of tools may have many lines. */
const onOneLine = (finding: Found): Found => ({ ...finding, found: finding.found.replace(/\s*\n\s*/g, " ") });

async function attempt(examination: Examination, signal: AbortSignal): Promise<readonly Found[]> {
  const { about, expected, seconds, run } = examination;
  const late = AbortSignal.timeout(seconds * 1000);
  const over = AbortSignal.any([signal, late]);
  const hangs = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const stuck = new Promise<never>((_, reject) => {
    const wait = () => {
      timer = setTimeout(() => reject(new Error("it did not stop")), GRACE);
    };
    over.addEventListener("abort", wait, { once: true, signal: hangs.signal });
  });
  try {
    return await Promise.race([run(over), stuck]);
  } catch (error) {
    const why = late.aborted ? `timed out after ${seconds} s` : (error as Error).message;
    return [{ about, expected, verdict: "bad", found: signal.aborted ? "interrupted" : why }];
  } finally {
    hangs.abort();
    clearTimeout(timer);
  }
}
