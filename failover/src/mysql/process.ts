import { readFileSync } from "node:fs";

/** A process that lives: its number is used again, but not with the same start. */
export interface Process {
  readonly pid: number;
  /** Clock ticks since the machine's start. */
  readonly started: string;
}

/** mysqld, by the file that it writes its number to; undefined if it does not run. */
export function mysqldOf(pidFile: string): Process | undefined {
  try {
    const pid = Number(readFileSync(pidFile, "utf8"));
    // See proc(5). The name stands in brackets and may have any character in it; the start is the 20th field behind it.
    const [, name, rest] = /\((.*)\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    const [state, ...fields] = rest?.split(" ") ?? [];
    const started = fields[18];
    return name === "mysqld" && state !== "Z" && started ? { pid, started } : undefined;
  } catch (error) {
    if (
      (error as NodeJS.ErrnoException).code === "ENOENT" ||
      (error as NodeJS.ErrnoException).code === "ESRCH"
    )
      return undefined;
    throw error;
  }
}

/** Ends it at once. Nothing of its own runs any more, so it tells no client that a write is safe. */
export function kill({ pid }: Process): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
