import { readFileSync } from "node:fs";

/** A process that lives: its number is used again, but not with the same start. */
export interface Process {
  readonly pid: number;
  /** Clock ticks since the machine's start. */
  readonly started: string;
}

/** mysqld, by the file in which the kernel lists the processes of its unit; undefined if it does not run. */
export function mysqldOf(processes: string): Process | undefined {
  const numbers = reading(processes)?.trim().split("\n") ?? [];
  for (const pid of numbers.filter(Boolean)) {
    // See proc(5). The name stands in brackets and may have any character in it; the start is the 20th field behind it.
    const [, name, rest] = /\((.*)\) (.*)/.exec(reading(`/proc/${pid}/stat`) ?? "") ?? [];
    const [state, ...fields] = rest?.split(" ") ?? [];
    const started = fields[18];
    if (name === "mysqld" && state !== "Z" && started) return { pid: Number(pid), started };
  }
  return undefined;
}

/** Ends it at once. Nothing of its own runs any more, so it tells no client that a write is safe. */
export function kill({ pid }: Process): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

// --- internal ---

/** A unit that has ended has no such file, and nor has a process. */
const GONE: ReadonlySet<string | undefined> = new Set(["ENOENT", "ESRCH", "ENODEV"]);

function reading(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (GONE.has((error as NodeJS.ErrnoException).code)) return undefined;
    throw error;
  }
}
