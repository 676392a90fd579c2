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

/** Runs a script: its answer is the exit code, and what it throws is printed without a stack when it is meant for people. */
export async function main(script: () => Promise<number>): Promise<never> {
  process.stdout.on("error", () => process.exit(0));
  try {
    process.exit(await script());
  } catch (error) {
    const known = error instanceof QuintetError;
    console.error(known ? `quintet: ${error.message}` : error);
    process.exit(known ? error.exitCode : 1);
  }
}
