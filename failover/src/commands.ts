import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Asks } from "./asks.ts";
import { agentOf, ask } from "./peers.ts";
import { type Health, restartInTurn } from "./restart.ts";
import { LEASE_SECONDS, type RunOptions } from "./run.ts";
import { Shared } from "./store/shared.ts";

export interface CommandOptions extends RunOptions {
  readonly asks: Asks;
  readonly words: readonly string[];
}

/** As long as a primary may take to let everything be confirmed, and an heir to take the lead. */
const WISH_SECONDS = 15;

/**
 * What a run has a machine do, once. Each answers false if its words are wrong, and throws if it could not:
 *
 * - `ask FILE`: says who is the primary. Needs a majority of the store.
 * - `seed FILE PRIMARY [TERM]`: says in a store that knows nothing who is the primary, in the term after this one.
 * - `wish FILE NAME`: asks for this primary; `unwish FILE` takes that back. It ends by itself after some seconds.
 * - `pause FILE`, `resume FILE`: nobody is promoted, or somebody may be again.
 * - `force FILE NAME TERM`: this is the primary of the term after this one, whatever it lacks.
 * - `restart FILE`: restarts MySQL, as soon as it is this machine's turn.
 */
export const COMMANDS: Readonly<Record<string, (options: CommandOptions) => Promise<boolean>>> = {
  async ask({ asks, log }) {
    const sync = await asks.sync();
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

  async wish({ config, asks, words: [name = ""] }) {
    if (config.databases[name] === undefined) return false;
    const sync = await asks.sync();
    if (sync === undefined) throw new Error("the store does not know who the primary is");
    if (sync.primary !== name) await asks.wish(sync.term, name, WISH_SECONDS * config.patience);
    return true;
  },

  async unwish({ asks }) {
    await asks.put("wanted", null);
    return true;
  },

  async pause({ asks }) {
    await asks.put("paused", "yes");
    return true;
  },

  async resume({ asks }) {
    await asks.put("paused", null);
    return true;
  },

  async force({ config, asks, log, words: [name = "", term = ""] }) {
    if (config.databases[name] === undefined || !/^\d+$/.test(term)) return false;
    if (!(await asks.force(name, Number(term))))
      throw new Error("the store has changed meanwhile: nothing was done");
    log(`${name} is the primary`);
    return true;
  },

  async restart({ config, authority, asks, log }) {
    const { me, databases, port, patience } = config;
    const agent = agentOf(authority);
    const health = async () => {
      const answer = await ask<Health>(`https://${databases[me]}:${port}/health`, agent, 1000 * patience);
      if (answer === null) throw new Error("the manager does not answer");
      return answer;
    };
    const restart = async () => void (await promisify(execFile)("systemctl", ["restart", "mysql"]));
    await restartInTurn({ me, asks, health, restart, log, second: 1000 * patience });
    return true;
  },
};
