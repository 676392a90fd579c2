import type { Shell } from "../engine/template/shell.ts";

/** Ordered steps over several hosts. Each begins only when the gate of the one before is open. */
export interface Operation {
  readonly name: string;
  /** With what it was called: `--to db-02`. */
  readonly words: readonly string[];
  readonly steps: readonly Step[];
}

/** The command that began it, to which `--resume` or `--undo` is added. */
export function commandOf({ name, words }: Operation): string {
  return ["npm run", name, "--", ...words].join(" ");
}

export interface Step {
  /** What people read: `db-02 takes over`. */
  readonly name: string;
  readonly host: string;
  /** May be done twice: whoever was killed does not know whether it was done. */
  readonly run: Shell;
  /** Exits with 0 once the next step may begin, and otherwise prints what it waits for. */
  readonly gate: Shell;
  /** How long the gate may take. */
  readonly seconds: number;
  /** Takes it back, also half of it; fails if there is no way back any more. A step without it stays once it has begun. */
  readonly undo?: Shell;
}
