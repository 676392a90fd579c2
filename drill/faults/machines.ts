import type { Fault } from "../fault.ts";
import type { Pair, Site } from "../site.ts";

/** Power that is gone, and cables that are pulled. */
export const MACHINES: readonly Fault[] = [
  off("the primary's machine is off", ({ primary }) => [primary], { rounds: 20, goal: 6 }),
  off("the standby's machine is off", ({ standby }) => [standby], { rounds: 20, goal: 3 }),
  off("both databases' machines are off", ({ primary, standby }) => [primary, standby], { rounds: 5 }),
  off("all machines are off", (_, site) => site.inventory.hosts.map(({ name }) => name), { rounds: 5 }),
  {
    ...{ name: "the machine with the public address is off", rounds: 5, goal: 3, seconds: 8 },
    bring: async (site) => site.lab.stop([await holderOf(site)], { kill: true }),
    heal: async (site) => site.lab.start(await offOnes(site)),
  },
  cut("the primary is cut off", "primary", { rounds: 20, goal: 6 }),
  cut("the standby is cut off", "standby", { rounds: 5, goal: 3 }),
  {
    ...{ name: "the databases are cut off from each other", rounds: 5, seconds: 8 },
    bring: (site, { primary, standby }) => site.lab.cut([primary], { from: standby }),
    heal: (site) => site.lab.heal(),
  },
];

// --- internal ---

type Rest = Pick<Fault, "rounds" | "goal">;

function off(name: string, which: (pair: Pair, site: Site) => string[], rest: Rest): Fault {
  return {
    ...{ name, seconds: 8, ...rest },
    bring: (site, pair) => site.lab.stop(which(pair, site), { kill: true }),
    heal: (site, pair) => site.lab.start(which(pair, site)),
  };
}

function cut(name: string, part: "primary" | "standby", rest: Rest): Fault {
  return {
    ...{ name, seconds: 10, ...rest },
    bring: (site, pair) => site.lab.cut([pair[part]]),
    heal: (site) => site.lab.heal(),
  };
}

async function holderOf(site: Site): Promise<string> {
  const { publicAddress } = site.inventory;
  const found = await Promise.all(
    site.names("balancer").map(async (name) => {
      return (await site.run(name, `ip -o -4 address show to ${publicAddress}`)) === "" ? [] : [name];
    }),
  );
  const [holder] = found.flat();
  if (holder === undefined) throw new Error(`the public address ${publicAddress} is on no machine`);
  return holder;
}

async function offOnes(site: Site): Promise<string[]> {
  const states = await site.lab.status();
  return states.filter(({ state }) => state === "stopped").map(({ name }) => name);
}
