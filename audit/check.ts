import type { Host, Inventory } from "../engine/model/inventory/index.ts";
import type { Context } from "../engine/model/role.ts";
import type { Shell } from "../engine/template/shell.ts";
import type { Flow } from "../roles/firewall/flows.ts";

/** `left out` is what could not be asked here: neither good nor bad, and shown. */
export type Verdict = "ok" | "bad" | "left out";

/** What was found out about one thing. */
export interface Found {
  /** A machine, a port, a login. */
  readonly about: string;
  readonly verdict: Verdict;
  readonly found: string;
  readonly expected: string;
  /** All that was measured, for --json. */
  readonly figures?: Readonly<Record<string, unknown>>;
}

/** One run of a tool, bounded in time. */
export interface Examination {
  readonly about: string;
  readonly expected: string;
  readonly seconds: number;
  /** Heeds the signal: what it started is ended when that fires. What it throws is a bad finding. */
  readonly run: (signal: AbortSignal) => Promise<readonly Found[]>;
}

/** What one tool is asked. */
export interface Check {
  readonly name: string;
  readonly summary: string;
  /** Commands that this computer needs, and the Debian package of each. */
  readonly tools: Readonly<Record<string, string>>;
  /** Examinations that may run at the same time. @default 5 */
  readonly atOnce?: number;
  readonly examinations: (subject: Subject) => readonly Examination[];
}

/** The site that is looked at. */
export interface Subject {
  readonly inventory: Inventory;
  /** Those that --limit leaves. */
  readonly hosts: readonly Host[];
  /** Who may open connections to what: the firewall's own table. */
  readonly flows: readonly Flow[];
  /** The variables of a role on a host. */
  readonly varsOf: Context<unknown>["varsOf"];
  /**
   * Runs shell on a host as root, for at most so many seconds, and answers what it printed. A script that is given a
   * file says so with a line `file`, and then reads it from stdin. Throws when it fails.
   */
  ask(host: Host, script: Shell, signal: AbortSignal, options?: AskOptions): Promise<string>;
}

export interface AskOptions {
  /** @default 60 */
  readonly seconds?: number;
  readonly file?: Buffer;
}

/** What an examination found, for the report. */
export interface Finding extends Found {
  readonly check: string;
  readonly ms: number;
}

/** Runs all examinations of a check. One that throws or takes too long is bad, and the others go on. */
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

/** The verdict on a list of what is wrong, and the words for it. */
export function judged(found: string, problems: readonly string[]): Pick<Found, "verdict" | "found"> {
  return {
    verdict: problems.length === 0 ? "ok" : "bad",
    found: [found, ...problems].filter(Boolean).join("; "),
  };
}

// --- internal ---

/** What an examination may take to end its children when its time is up, in milliseconds. */
const GRACE = 15_000;

/** What tools say of their trouble has as many lines as it likes. */
const onOneLine = (finding: Found): Found => ({ ...finding, found: finding.found.replace(/\s*\n\s*/g, " ") });

async function attempt(examination: Examination, signal: AbortSignal): Promise<readonly Found[]> {
  const { about, expected, seconds, run } = examination;
  const late = AbortSignal.timeout(seconds * 1000);
  const over = AbortSignal.any([signal, late]);
  const hangs = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const stuck = new Promise<never>((_, reject) => {
    const wait = () => {
      timer = setTimeout(() => reject(new Error("it does not end")), GRACE);
    };
    over.addEventListener("abort", wait, { once: true, signal: hangs.signal });
  });
  try {
    return await Promise.race([run(over), stuck]);
  } catch (error) {
    const why = late.aborted ? `no end of it within ${seconds} s` : (error as Error).message;
    return [{ about, expected, verdict: "bad", found: signal.aborted ? "interrupted" : why }];
  } finally {
    hangs.abort();
    clearTimeout(timer);
  }
}
