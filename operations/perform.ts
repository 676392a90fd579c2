import type { Shell } from "../engine/template/shell.ts";
import { FailedError, RefusedError } from "../engine/util/errors.ts";
import { commandOf, type Operation, type Step } from "./operation.ts";
import type { Record } from "./record.ts";

/** Runs steps on hosts, prints, and hears Ctrl-C. */
export interface Access {
  run(host: string, program: Shell): Promise<{ readonly code: number; readonly output: string }>;
  say(line: string): void;
  /** People want it to end. */
  readonly signal: AbortSignal;
  /** Milliseconds between two tries of a gate. @default 500 */
  readonly pause?: number;
}

/**
 * Does the steps of an operation that are not done yet, one after the other: none begins before the gate of the one before is
 * open. Throws FailedError if one fails, if a gate stays shut, or if people end it: after all steps have been taken back, unless
 * one of them stays.
 */
export async function perform(operation: Operation, record: Record, access: Access): Promise<void> {
  try {
    for (const [at, step] of operation.steps.entries()) {
      if (at < record.done) continue;
      record.begin(at);
      access.say(`${at + 1}/${operation.steps.length}  ${step.name}`);
      await expectOk(step, step.run, access);
      await gate(step, access);
      record.end(at);
    }
  } catch (error) {
    const why = (error as Error).message;
    const stays = staying(operation, record);
    if (stays) {
      record.remove();
      throw new FailedError(
        `${why}\n${operation.name} was not taken back: there is no way back behind "${stays.name}".`,
      );
    }
    await takeBack(operation, record, access).catch((failed: Error) => {
      throw new FailedError(`${why}\n${failed.message}`);
    });
    throw new FailedError(`${why}\n${operation.name} was taken back: nothing has changed.`);
  }
  record.remove();
}

/**
 * Takes back what has been done of an operation, the last step first. Throws RefusedError if one of the steps stays, and FailedError
 * if that fails; then it can be tried again.
 */
export async function takeBack(operation: Operation, record: Record, access: Access): Promise<void> {
  const stays = staying(operation, record);
  if (stays)
    throw new RefusedError(
      `there is no way back behind "${stays.name}". To go on: ${commandOf(operation)} --resume`,
    );
  for (let at = record.begun; at >= 0; at--) {
    const step = operation.steps[at];
    if (!step?.undo) continue;
    access.say(`takes back: ${step.name}`);
    await expectOk(step, step.undo, access);
  }
  record.remove();
}

// --- internal ---

/** A step that has begun and cannot be taken back. */
function staying({ steps }: Operation, { begun }: Record): Step | undefined {
  return steps.find(({ undo }, at) => at <= begun && undo === undefined);
}

async function expectOk({ name, host }: Step, program: Shell, { run }: Access): Promise<void> {
  const { code, output } = await run(host, program);
  if (code !== 0) throw new FailedError(`${name}: failed on ${host} (exit code ${code})\n${output.trim()}`);
}

async function gate(
  { name, host, gate, seconds }: Step,
  { run, signal, say, pause = 500 }: Access,
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
