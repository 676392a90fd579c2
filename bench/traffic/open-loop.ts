import { measured } from "../bench.ts";
import type { Answered, Schedule } from "./open-loop-run.ts";

export type { Answered } from "./open-loop-run.ts";

/** Asks at a fixed rate, in a process of its own. */
export async function openLoop(schedule: Schedule): Promise<Answered> {
  const argv = ["scripts/lib/start.mjs", "bench/traffic/open-loop-run", JSON.stringify(schedule)];
  const { stdout } = await measured(process.execPath, argv);
  return JSON.parse(stdout) as Answered;
}
