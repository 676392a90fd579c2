import { resource } from "../model/resource.ts";
import type { Shell } from "../template/shell.ts";

export interface CommandOptions {
  /** Exits 0 if nothing has to be run, 1 if `run` is needed, anything else if it cannot tell. */
  check: Shell;
  run: Shell;
  diff?: Shell;
  waits?: { until: Shell; seconds: number };
}

/** A command, for anything that has no resource type. It always needs a check that tells whether it has to run. */
export const command = resource<CommandOptions>("command", (_name, { check, run, diff, waits }) => ({
  check,
  apply: run,
  ...(diff && { diff }),
  ...(waits && { waits }),
}));
