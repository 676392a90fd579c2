import { type Fault, filtered, unfiltered } from "../fault.ts";
import type { Machines, Pair } from "../machines.ts";

/** Machines that run, and of which only some hear each other. */
export const ROADS: readonly Fault[] = [
  road("the primary does not reach the store", { rounds: 5, goal: 6 }, () => ({ out: "tcp dport 2379" })),
  road("the web servers do not reach the primary", { rounds: 5 }, (machines) => ({
    in: `ip saddr ${machines.addresses("web")} tcp dport 3306`,
    out: `ip daddr ${machines.addresses("web")} tcp sport 3306`,
  })),
  road("the primary's answers do not reach the web servers", { rounds: 5 }, (machines) => ({
    out: `ip daddr ${machines.addresses("web")} tcp sport 3306`,
  })),
  road("the primary does not hear its standby", { rounds: 5 }, (machines) => ({
    in: `ip saddr ${machines.addresses("database")} ip saddr != 127.0.0.0/8 tcp dport 3306`,
  })),
];

// --- internal ---

function road(
  name: string,
  rest: Pick<Fault, "rounds" | "goal">,
  rules: (machines: Machines) => { in?: string; out?: string },
): Fault {
  return {
    ...{ name, seconds: 10, ...rest },
    bring: (machines: Machines, { primary }: Pair) => filtered(machines, primary, rules(machines)),
    heal: (machines: Machines, { primary }: Pair) => unfiltered(machines, primary),
  };
}
