import type { Shell } from "../engine/template/shell.ts";
import { FailedError } from "../engine/util/errors.ts";
import type { Operation, Step } from "./operation.ts";
import type { Record } from "./record.ts";

/** How an operation reaches its hosts and its people. */
export interface Hands {
  run(host: string, program: Shell): Promise<{ readonly code: number; readonly output: string }>;
  say(line: string): void;
  /** People want it to end. */
  readonly signal: AbortSignal;
  /** Milliseconds between two tries of a gate. @default 500 */
  readonly pause?: number;
}

/**
 * Does the steps of an operation that are not done yet, one after the other: none begins before the gate of the one before is
 * open. Throws FailedError, after all steps have been taken back, if one fails, if a gate stays shut, or if people end it.
 */
export async function perform(operation: Operation, record: Record, hands: Hands): Promise<void> {
  try {
    for (const [at, step] of operation.steps.entries()) {
      if (at < record.done) continue;
      record.begin(at);
      hands.say(`${at + 1}/${operation.steps.length}  ${step.name}`);
      await expectOk(step, step.run, hands);
      await gate(step, hands);
      record.end(at);
    }
  } catch (error) {
    await takeBack(operation, record, hands);
    throw new FailedError(
      `${(error as Error).message}\n${operation.name} was taken back: nothing has changed.`,
    );
  }
  record.remove();
}

/** Takes back what has been done of an operation, the last step first. Throws FailedError if that fails; then it can be tried again. */
export async function takeBack(operation: Operation, record: Record, hands: Hands): Promise<void> {
  for (let at = record.begun; at >= 0; at--) {
    const step = operation.steps[at];
    if (!step?.undo) continue;
    hands.say(`taken back: ${step.name}`);
    await expectOk(step, step.undo, hands);
  }
  record.remove();
}

// --- internal ---

async function expectOk({ name, host }: Step, program: Shell, { run }: Hands): Promise<void> {
  const { code, output } = await run(host, program);
  if (code !== 0) throw new FailedError(`${name}: failed on ${host} (exit code ${code})\n${output.trim()}`);
}

async function gate(
  { name, host, gate, seconds }: Step,
  { run, signal, say, pause = 500 }: Hands,
): Promise<void> {
  const until = Date.now() + seconds * 1000;
  for (let told = ""; ; ) {
    const { code, output } = await run(host, gate);
    if (code === 0) return;
    const why = output.trim();
    if (signal.aborted) throw new FailedError(`${name}: ended by you, while it waited for ${why}`);
    if (Date.now() > until) throw new FailedError(`${name}: waited ${seconds} s in vain for ${why}`);
    if (why !== told) say(`waits for ${why}`);
    told = why;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
