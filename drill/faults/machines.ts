import type { Fault } from "../fault.ts";
import type { Machines, Pair } from "../machines.ts";

/** Power that is gone, and cables that are pulled. */
export const MACHINES: readonly Fault[] = [
  off("the primary's machine is off", ({ primary }) => [primary], { rounds: 20, goal: 6 }),
  off("the standby's machine is off", ({ standby }) => [standby], { rounds: 20, goal: 3 }),
  off("both databases' machines are off", ({ primary, standby }) => [primary, standby], { rounds: 5 }),
  off("all machines are off", (_, machines) => machines.inventory.hosts.map(({ name }) => name), {
    rounds: 5,
  }),
  {
    ...{ name: "the machine with the public address is off", rounds: 5, goal: 3, seconds: 8 },
    bring: async (machines) => machines.lab.stop([await holderOf(machines)], { kill: true }),
    heal: async (machines) => machines.lab.start(await offOnes(machines)),
  },
  cut("the primary is cut off", "primary", { rounds: 20, goal: 6 }),
  cut("the standby is cut off", "standby", { rounds: 5, goal: 3 }),
  {
    ...{ name: "the databases are cut off from each other", rounds: 5, seconds: 8 },
    bring: (machines, { primary, standby }) => machines.lab.cut([primary], { from: standby }),
    heal: (machines) => machines.lab.heal(),
  },
];

// --- internal ---

type Rest = Pick<Fault, "rounds" | "goal">;

function off(name: string, which: (pair: Pair, machines: Machines) => string[], rest: Rest): Fault {
  return {
    ...{ name, seconds: 8, ...rest },
    bring: (machines, pair) => machines.lab.stop(which(pair, machines), { kill: true }),
    heal: (machines, pair) => machines.lab.start(which(pair, machines)),
  };
}

function cut(name: string, part: "primary" | "standby", rest: Rest): Fault {
  return {
    ...{ name, seconds: 10, ...rest },
    bring: (machines, pair) => machines.lab.cut([pair[part]]),
    heal: (machines) => machines.lab.heal(),
  };
}

async function holderOf(machines: Machines): Promise<string> {
  const { publicAddress } = machines.inventory;
  const found = await Promise.all(
    machines.names("balancer").map(async (name) => {
      return (await machines.run(name, `ip -o -4 address show to ${publicAddress}`)) === "" ? [] : [name];
    }),
  );
  const [holder] = found.flat();
  if (holder === undefined) throw new Error(`the public address ${publicAddress} is on no machine`);
  return holder;
}

async function offOnes(machines: Machines): Promise<string[]> {
  const states = await machines.lab.status();
  return states.filter(({ state }) => state === "stopped").map(({ name }) => name);
}
