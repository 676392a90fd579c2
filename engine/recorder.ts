import { appendFileSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent } from "./events.ts";

/** How many runs are kept. */
const KEPT = 50;

/** Keeps each run as a file of JSON lines, named by its time; what events show is masked before they get here. */
export function recorder(folder = ".quintet/runs"): (event: RunEvent) => void {
  let file: string | undefined;
  let pending: RunEvent[] = [];
  return (event) => {
    if (event.type === "begin") {
      mkdirSync(folder, { recursive: true });
      file = join(folder, `${event.run}-${process.pid}-${event.mode}.jsonl`);
    }
    if (event.type !== "ok") pending.push(event);
    if (file === undefined || (event.type !== "end" && pending.length < 20)) return;
    appendFileSync(file, pending.map((kept) => `${JSON.stringify(kept)}\n`).join(""), { mode: 0o600 });
    pending = [];
    if (event.type === "end") prune(folder);
  };
}

// --- internal ---

function prune(folder: string): void {
  const old = readdirSync(folder).sort().slice(0, -KEPT);
  for (const file of old) rmSync(join(folder, file), { force: true });
}
