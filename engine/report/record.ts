import { appendFileSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent } from "../run/events.ts";

/** How many runs are kept. */
const KEPT = 50;

/**
 * Keeps each run as a file of JSON lines, named by its time; what events show is masked before they get here. Each event
 * is written when it comes: a run that is killed has its record, too.
 */
export function recorder(folder = ".quintet/runs"): (event: RunEvent) => void {
  let file: string | undefined;
  return (event) => {
    if (event.type === "begin") {
      mkdirSync(folder, { recursive: true });
      file = join(folder, `${event.run}-${process.pid}-${event.mode}.jsonl`);
    }
    if (file === undefined || event.type === "ok" || event.type === "planned") return;
    appendFileSync(file, `${JSON.stringify(event)}\n`, { mode: 0o600 });
    if (event.type === "end") prune(folder);
  };
}

// --- internal ---

function prune(folder: string): void {
  const old = readdirSync(folder).sort().slice(0, -KEPT);
  for (const file of old) rmSync(join(folder, file), { force: true });
}
