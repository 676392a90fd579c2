import { setTimeout as sleep } from "node:timers/promises";
import { $, ProcessOutput } from "zx";
import { FailedError } from "../engine/util/errors.ts";

/** zx's `$` without output, for commands on this box. */
export const run = $({ quiet: true });

/** Runs one step. If a command in it fails, throws a FailedError that names the step. */
export async function attempt<T>(what: string, work: () => PromiseLike<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProcessOutput)) throw error;
    const said = (error.stderr.trim() || error.stdout.trim()).split("\n").slice(-15).join("\n  ");
    throw new FailedError(`${what} failed (exit ${error.exitCode}):\n  ${said}`);
  }
}

/** Waits until the condition holds. Returns false if it does not hold within that many seconds. */
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
