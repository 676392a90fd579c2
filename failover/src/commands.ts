import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { agentOf, ask } from "./peers.ts";
import type { Requests } from "./requests.ts";
import { type Health, restartInTurn } from "./restart.ts";
import { LEASE_SECONDS, type RunOptions } from "./run.ts";
import { PAUSED, Shared, WANTED } from "./store/shared.ts";

export interface CommandOptions extends RunOptions {
  readonly requests: Requests;
  readonly words: readonly string[];
}

/** As long as a primary may take to let everything be confirmed, and an heir to take the lead. */
const REQUEST_SECONDS = 15;

/**
 * What a run has a machine do, once. Each answers false if its words are wrong, and throws if it could not:
 *
 * - `ask FILE`: says who is the primary. Needs a majority of the store.
 * - `seed FILE PRIMARY [TERM]`: says in a store that knows nothing who is the primary, in the term after this one.
 * - `request-primary FILE NAME`: asks for this primary; `withdraw FILE` takes that back. It ends by itself after some seconds.
 * - `pause FILE`, `resume FILE`: nobody is promoted, or somebody may be again.
 * - `force FILE NAME TERM`: this is the primary of the term after this one, whatever it lacks.
 * - `restart FILE`: restarts MySQL, as soon as it is this machine's turn.
 */
export const COMMANDS: Readonly<Record<string, (options: CommandOptions) => Promise<boolean>>> = {
  async ask({ requests, log }) {
    const sync = await requests.sync();
    log(
      sync
        ? `${sync.primary} is the primary of term ${sync.term}`
        : "the store does not know who the primary is",
    );
    return true;
  },

  async seed({ config, etcd, log, words }) {
    const [primary = "", before = "0"] = words;
    if (config.databases[primary] === undefined || !/^\d+$/.test(before)) return false;
    const shared = new Shared(etcd, {
      ...{ prefix: config.keys, me: config.me, leaseSeconds: LEASE_SECONDS * config.patience },
    });
    const seeded = await shared.seed(primary, Number(before));
    log(seeded ? `${primary} is the primary` : "the store knows already who the primary is");
    return true;
  },

  async "request-primary"({ config, requests, words: [name = ""] }) {
    if (config.databases[name] === undefined) return false;
    const sync = await requests.sync();
    if (sync === undefined) throw new Error("the store does not know who the primary is");
    if (sync.primary !== name)
      await requests.requestPrimary(sync.term, name, REQUEST_SECONDS * config.patience);
    return true;
  },

  async withdraw({ requests }) {
    await requests.put(WANTED, null);
    return true;
  },

  async pause({ requests }) {
    await requests.put(PAUSED, "yes");
    return true;
  },

  async resume({ requests }) {
    await requests.put(PAUSED, null);
    return true;
  },

  async force({ config, requests, log, words: [name = "", term = ""] }) {
    if (config.databases[name] === undefined || !/^\d+$/.test(term)) return false;
    if (!(await requests.force(name, Number(term))))
      throw new Error("the store has changed meanwhile: nothing was done");
    log(`${name} is the primary`);
    return true;
  },

  async restart({ config, authority, requests, log }) {
    const { me, databases, port, patience } = config;
    const agent = agentOf(authority);
    const health = async () => {
      const answer = await ask<Health>(`https://${databases[me]}:${port}/health`, agent, 1000 * patience);
      if (answer === null) throw new Error("the manager does not answer");
      return answer;
    };
    const restart = async () => void (await promisify(execFile)("systemctl", ["restart", "mysql"]));
    await restartInTurn({ me, requests, health, restart, log, second: 1000 * patience });
    return true;
  },
};
