import { setTimeout as sleep } from "node:timers/promises";
import { type LoginFailure, wasTurnedAway } from "./errors.ts";

/**
 * Repeats a login while the server turns us away before we have logged in, for up to `patience` ms. sshd does so at
 * random if more than ten connections have not logged in yet (MaxStartups of sshd_config(5)): many runs at once are
 * that many.
 */
export async function retryTurnedAway<T>(attempt: () => Promise<T>, patience: number): Promise<T> {
  const end = Date.now() + patience;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      // The pause is random, so that logins that were turned away together do not come back together.
      const pause = 100 + 400 * Math.random();
      if (!wasTurnedAway(error as LoginFailure) || Date.now() + pause > end) throw error;
      await sleep(pause);
    }
  }
}
