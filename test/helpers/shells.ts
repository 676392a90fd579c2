import { beforeEach } from "vitest";
import { missingPackages } from "../../lab/packages.ts";

/** The shells that a program must run in. */
export const SHELLS = ["dash", "bash", "busybox sh"] as const;

export type ShellName = (typeof SHELLS)[number];

/** Skips the tests of the calling `describe` if this computer does not have the shell. */
export function needsShell(shell: ShellName): void {
  beforeEach(({ skip }) => skip(!isHere(shell), `${shell} is not installed here`));
}

/** Whether this computer has a shell. */
export function isHere(shell: ShellName): boolean {
  const [program = ""] = shell.split(" ");
  return missingPackages({ [program]: program }).length === 0;
}
