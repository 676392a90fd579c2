import type { ProcessOutput } from "zx";
import { run } from "./run.ts";

export interface ExecOptions {
  readonly stdin?: string | Buffer;
  /** Hands the caller's own input and output to the command. */
  readonly inherit?: boolean;
}

/** Runs a command as root in the machine whose process 1 is `leader`. Does not throw if the command fails. */
export function enter(
  leader: number,
  argv: readonly string[],
  { stdin, inherit = false }: ExecOptions,
): PromiseLike<ProcessOutput> {
  const options = { nothrow: true, ...(inherit ? { stdio: "inherit" as const } : { input: stdin ?? "" }) };
  return run(options)`nsenter --target ${leader} --all env --chdir=/root -i ${ENVIRONMENT} ${argv}`;
}

// --- internal ---

const ENVIRONMENT =
  "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb".split(" ");
