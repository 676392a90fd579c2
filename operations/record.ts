import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { bare } from "../engine/template/shell.ts";
import type { Operation, Step } from "./operation.ts";

/** What is known of an operation that has begun. */
export interface Begun {
  readonly operation: Operation;
  /** Where: the inventory's file. */
  readonly inventory: string;
  readonly since: string;
  /** How many steps are done, and the number of the one that has begun last, from 0; -1 before the first. */
  readonly done: number;
  readonly begun: number;
}

/** The record of an operation, in a file: one that was killed can go on, or be taken back. */
export class Record {
  readonly #file: string;
  #state: Begun;

  private constructor(file: string, state: Begun) {
    this.#file = file;
    this.#state = state;
  }

  /** Begins one. */
  static new(file: string, operation: Operation, inventory: string): Record {
    const record = new Record(file, {
      operation,
      inventory,
      since: new Date().toISOString(),
      done: 0,
      begun: -1,
    });
    record.#write();
    return record;
  }

  /** The one that has not ended, if there is one. */
  static open(file: string): { readonly record: Record; readonly state: Begun } | undefined {
    if (!existsSync(file)) return undefined;
    const written = JSON.parse(readFileSync(file, "utf8"));
    const steps: Step[] = written.operation.steps.map((step: Written) => ({
      ...step,
      ...{ run: bare(step.run), gate: bare(step.gate) },
      ...(step.undo !== undefined && { undo: bare(step.undo) }),
    }));
    const state: Begun = { ...written, operation: { ...written.operation, steps } };
    return { record: new Record(file, state), state };
  }

  get done(): number {
    return this.#state.done;
  }

  get begun(): number {
    return this.#state.begun;
  }

  begin(at: number): void {
    this.#state = { ...this.#state, begun: at };
    this.#write();
  }

  end(at: number): void {
    this.#state = { ...this.#state, done: at + 1 };
    this.#write();
  }

  remove(): void {
    rmSync(this.#file, { force: true });
  }

  // --- internal ---

  /** In one move, so that one that dies has the old or the new one. */
  #write(): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    const { operation } = this.#state;
    const steps = operation.steps.map(
      (step): Written => ({
        ...step,
        ...{ run: step.run.reveal(), gate: step.gate.reveal(), undo: step.undo?.reveal() },
      }),
    );
    const text = JSON.stringify({ ...this.#state, operation: { ...operation, steps } }, null, 2);
    writeFileSync(`${this.#file}.new`, `${text}\n`, { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }
}

// --- internal ---

/** A step as the file has it. Its programs have no secrets. */
type Written = Omit<Step, "run" | "gate" | "undo"> & { run: string; gate: string; undo: string | undefined };
