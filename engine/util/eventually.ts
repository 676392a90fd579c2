import { setTimeout as sleep } from "node:timers/promises";

/** Repeats `attempt` every 250 ms until it does not throw. After `seconds` it throws the last error. */
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
