import type { Shell } from "../template/shell.ts";

/**
 * A way to observe many things of one sort at once. `gather` is the body of a shell function: it gets every argument
 * asked for as "$@" and prints lines `KIND<TAB>KEY<TAB>VALUE`; what it says nothing of is absent (empty).
 */
export interface LookKind {
  readonly name: string;
  readonly gather: Shell;
}

/** One thing to observe. Looks of one kind are answered together, before anything is changed. */
export interface Look {
  readonly kind: LookKind;
  /** What the line's KEY says. */
  readonly key: string;
  /** What `gather` is asked with; the key unless given. */
  readonly args?: readonly string[];
}
