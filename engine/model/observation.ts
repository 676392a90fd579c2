import type { Shell } from "../template/shell.ts";

/**
 * A way to observe many things of one sort at once. `gather` is the body of a shell function: it gets every argument
 * asked for as "$@" and prints lines `OBSERVER<TAB>KEY<TAB>VALUE`; what it says nothing of is absent (empty).
 */
export interface Observer {
  readonly name: string;
  readonly gather: Shell;
}

/** One thing to observe on a host. Observations of one observer are made together, before anything is changed. */
export interface Observation {
  readonly observer: Observer;
  /** What the line's KEY says. */
  readonly key: string;
  /** What `gather` is asked with; the key unless given. */
  readonly args?: readonly string[];
}
