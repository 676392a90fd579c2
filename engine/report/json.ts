import type { RunEvent } from "../run/events.ts";

/** Prints each event as a line of JSON. */
export function jsonReporter(): (event: RunEvent) => void {
  return (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
}
