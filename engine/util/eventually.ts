import { setTimeout as sleep } from "node:timers/promises";

/** Repeats until it does not throw, for at most so many seconds; then throws what it last threw. */
export async function eventually<Value>(seconds: number, attempt: () => Promise<Value>): Promise<Value> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() >= until) throw error;
      await sleep(250);
    }
  }
}
