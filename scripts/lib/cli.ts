import { QuintetError, UsageError } from "../../engine/util/errors.ts";

/** A reader of flags that are a whole number of `least` or more. */
export function wholeNumber(flag: string, least = 0): (value: string) => number {
  return (value) => {
    if (!/^\d{1,9}$/.test(value) || Number(value) < least)
      throw new UsageError(`--${flag}: found "${value}"; expected a whole number of at least ${least}`);
    return Number(value);
  };
}

/** Fires at the first Ctrl-C; the second one ends the process at once. */
export function interruptible(onFirst: () => void): AbortSignal {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(130);
    onFirst();
    controller.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return controller.signal;
}

/**
 * Runs a script and ends the process with the exit code that it answers. What it throws is printed, without a stack if it is
 * meant for people. If stdout takes no more, the script goes on, since a run must not stop in the middle; and where all else
 * went well the exit code is 141, as the shell has it for a reader that went away, or 1 for a full disk: never 0.
 */
export async function main(script: () => Promise<number>): Promise<never> {
  let lost: NodeJS.ErrnoException | undefined;
  process.stdout.on("error", (error) => {
    lost ??= error;
  });
  process.stderr.on("error", () => undefined);
  const exitCode = await script().catch(exitCodeFor);
  await new Promise((resolve) => process.stdout.write("", resolve));
  if (exitCode !== 0 || lost === undefined) process.exit(exitCode);
  if (lost.code === "EPIPE") process.exit(141);
  console.error(`quintet: not all of the output could be written: ${lost.message}`);
  process.exit(1);
}

// --- internal ---

function exitCodeFor(error: unknown): number {
  const known = error instanceof QuintetError;
  console.error(known ? `quintet: ${error.message}` : error);
  return known ? error.exitCode : 1;
}
