import { resource } from "../model/resource.ts";
import type { Shell } from "../template/shell.ts";

export interface CommandOptions {
  /** Exits 0 when nothing has to be run, 1 when it has to be, anything else when it cannot tell. */
  check: Shell;
  run: Shell;
  diff?: Shell;
  waits?: { until: Shell; seconds: number };
}

/** Anything else that can tell whether it is needed. A command without a check of its own does not exist. */
export const command = resource<CommandOptions>("command", (_name, { check, run, diff, waits }) => ({
  check,
  apply: run,
  ...(diff && { diff }),
  ...(waits && { waits }),
}));
