import type { Shell } from "../template/shell.ts";

/**
 * Makes all observations of one kind on a host at once. `gather` is the body of a shell function. It gets the arguments
 * of all of them as "$@" and prints lines `OBSERVER<TAB>KEY<TAB>VALUE`. A key without a line is absent (empty).
 */
export interface Observer {
  readonly name: string;
  readonly gather: Shell;
}

/** One value to read from a host. All observations of one observer are made together, before anything is changed. */
export interface Observation {
  readonly observer: Observer;
  /** The KEY of its line in the observer's output. */
  readonly key: string;
  /** Arguments that `gather` gets. @default the key */
  readonly args?: readonly string[];
}
