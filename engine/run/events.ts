import type { Phase } from "../program/protocol.ts";

/** What happens in a run: one union, so that a reporter that forgets one does not compile. */
export type RunEvent =
  | {
      type: "begin";
      run: string;
      mode: "check" | "apply";
      hosts: readonly string[];
      roles: readonly string[];
      inventory: string;
    }
  | { type: "notice"; text: string }
  /** Something that a person should do, though the run goes on without it. */
  | { type: "warning"; text: string }
  | { type: "connected"; host: string; ms: number }
  | { type: "unreachable"; host: string; problem: string }
  /** What a host printed before its program began, such as the greeting of a `.bashrc`. */
  | { type: "greeting"; host: string; text: string }
  /** What a host goes through in this stage, in order. Told of all its hosts before the first of them begins. */
  | { type: "planned"; host: string; steps: readonly PlannedStep[] }
  | { type: "busy"; host: string; holder: string }
  | { type: "locked"; host: string; holder: string }
  | { type: "start"; host: string; role: string; resource: string }
  | { type: "waiting"; host: string; role: string; resource: string; reason: string }
  | { type: "ok"; host: string; role: string; resource: string }
  | { type: "changed"; host: string; role: string; resource: string; diff: string; ms: number }
  | { type: "unknown"; host: string; role: string; resource: string; waitsFor: string }
  | {
      type: "failed";
      host: string;
      role: string;
      resource: string;
      phase: Phase;
      code: number;
      output: string;
    }
  /** A resource that was not tried, since one that it depends on failed, or a handler of its role. */
  | { type: "skipped"; host: string; role: string; resource: string; because: string }
  | {
      type: "handler";
      host: string;
      role: string;
      handler: string;
      status: "due" | "done" | "failed";
      /** What it printed if it failed; otherwise why it was due, if nothing had notified it. */
      output: string;
      ms: number;
    }
  /** A host has gone through a stage, or through what it could of it. */
  | { type: "ended"; host: string; outcome: HostResult["outcome"] }
  | { type: "refused"; host: string; problem: string }
  | { type: "lost"; host: string; problem: string }
  | { type: "end"; hosts: readonly HostResult[]; ms: number; exitCode: number };

/** A resource, several that are applied in one go, such as packages, or a handler that is run if it is due. */
export interface PlannedStep {
  readonly kind: "resources" | "handler";
  readonly names: readonly string[];
}

export interface HostResult {
  readonly host: string;
  readonly ok: number;
  readonly changed: number;
  readonly unknown: number;
  readonly failed: number;
  readonly skipped: number;
  readonly outcome: "done" | "failed" | "unreachable" | "locked" | "lost" | "refused" | "not begun";
  /** How often a command was started on the host. */
  readonly execs: number;
  /** Time from the first connection to the last event, in milliseconds. */
  readonly ms: number;
}
