import { type Fault, filtered, unfiltered } from "../fault.ts";
import type { Pair, Site } from "../site.ts";

/** Machines that run, and of which only some hear each other. */
export const ROADS: readonly Fault[] = [
  road("the primary does not reach the store", { rounds: 5, goal: 6 }, () => ({ out: "tcp dport 2379" })),
  road("the web servers do not reach the primary", { rounds: 5 }, (site) => ({
    in: `ip saddr ${site.addresses("web")} tcp dport 3306`,
    out: `ip daddr ${site.addresses("web")} tcp sport 3306`,
  })),
  road("the primary's answers do not reach the web servers", { rounds: 5 }, (site) => ({
    out: `ip daddr ${site.addresses("web")} tcp sport 3306`,
  })),
  road("the primary does not hear its standby", { rounds: 5 }, (site) => ({
    in: `ip saddr ${site.addresses("database")} ip saddr != 127.0.0.0/8 tcp dport 3306`,
  })),
];

// --- internal ---

function road(
  name: string,
  rest: Pick<Fault, "rounds" | "goal">,
  rules: (site: Site) => { in?: string; out?: string },
): Fault {
  return {
    ...{ name, seconds: 10, ...rest },
    bring: (site: Site, { primary }: Pair) => filtered(site, primary, rules(site)),
    heal: (site: Site, { primary }: Pair) => unfiltered(site, primary),
  };
}
