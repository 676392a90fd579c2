import { setTimeout as sleep } from "node:timers/promises";
import { $, ProcessOutput } from "zx";
import { FailedError } from "../engine/util/errors.ts";

/** zx's `$` for local commands, silent. */
export const run = $({ quiet: true });

/** Runs one part of the lab's work; a command that fails becomes an error that says which part it was. */
export async function attempt<T>(what: string, work: () => PromiseLike<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProcessOutput)) throw error;
    const said = (error.stderr.trim() || error.stdout.trim()).split("\n").slice(-15).join("\n  ");
    throw new FailedError(`${what} failed (exit ${error.exitCode}):\n  ${said}`);
  }
}

/** Waits until the condition holds; false when it did not within that many seconds. */
export async function waitUntil(
  seconds: number,
  condition: () => boolean | Promise<boolean>,
): Promise<boolean> {
  const end = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > end) return false;
    await sleep(20);
  }
  return true;
}
