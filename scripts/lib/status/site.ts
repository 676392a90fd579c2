import { type Host, hostsIn, type Inventory } from "../../../engine/model/inventory/index.ts";
import { databaseProblems, describe, type StoreSeen, storeSeen } from "./databases.ts";
import type { Told } from "./facts.ts";

/** How the site is. What it should not be is a sentence in `problems`. */
export interface SiteStatus {
  readonly site: string;
  readonly address: string;
  /** Who holds the public address. */
  readonly holders: readonly string[];
  /** The web servers, as the balancer that holds the address sees them. */
  readonly servers: Readonly<Record<string, string>>;
  readonly databases: readonly { readonly name: string; readonly is: string }[];
  /** What the managers know: who is the primary, and who may be promoted. */
  readonly failover: StoreSeen | null;
  readonly store: { readonly members: readonly string[]; readonly leader: string | null };
  readonly silent: readonly string[];
  readonly problems: readonly string[];
}

/** Puts together what the machines have said. A machine that did not answer has said nothing. */
export function statusOf(inventory: Inventory, told: ReadonlyMap<string, Told>): SiteStatus {
  const { domain, publicAddress: address } = inventory;
  const silent = inventory.hosts.map(({ name }) => name).filter((name) => !told.has(name));
  const balancers = hostsIn(inventory, "balancer");
  const holders = balancers.filter(({ name }) => told.get(name)?.holds).map(({ name }) => name);
  const servers = told.get(holders[0] ?? "")?.servers ?? {};
  const store = storeOf(hostsIn(inventory, "quorum"), told);
  const hosts = hostsIn(inventory, "database");
  return {
    ...{ site: `www.${domain}`, address, holders, servers, store, silent },
    databases: hosts.map((host) => ({ name: host.name, is: describe(host, hosts, told) })),
    failover: storeSeen(hosts, told),
    problems:
      told.size === 0
        ? ["no machine answers"]
        : [
            ...silent.map((name) => `${name} does not answer`),
            ...addressProblems(address, holders),
            ...serverProblems(holders[0], servers),
            ...databaseProblems(hosts, told),
            ...storeProblems(store, hostsIn(inventory, "quorum"), told),
          ],
  };
}

// --- internal ---

function addressProblems(address: string, holders: readonly string[]): string[] {
  if (holders.length === 1) return [];
  return [holders.length === 0 ? `nobody holds ${address}` : `${holders.join(" and ")} all hold ${address}`];
}

function serverProblems(holder: string | undefined, servers: Readonly<Record<string, string>>): string[] {
  if (holder === undefined) return [];
  if (Object.keys(servers).length === 0) return [`HAProxy on ${holder} does not answer`];
  return Object.entries(servers)
    .filter(([, state]) => !/^UP\b/.test(state))
    .map(([name, state]) => `${name} gets no requests: ${state}`);
}

function storeOf(hosts: readonly Host[], told: ReadonlyMap<string, Told>): SiteStatus["store"] {
  const well = hosts.filter(({ name }) => told.get(name)?.store?.hasLeader).map(({ name }) => name);
  return { members: well, leader: well.find((name) => told.get(name)?.store?.leads) ?? null };
}

function storeProblems(
  { members }: SiteStatus["store"],
  hosts: readonly Host[],
  told: ReadonlyMap<string, Told>,
): string[] {
  const missing = hosts.map(({ name }) => name).filter((name) => told.has(name) && !members.includes(name));
  return [
    ...missing.map((name) => `${name} is no member of the store that works`),
    ...(members.length * 2 <= hosts.length && hosts.length > 0 ? ["the store takes no changes"] : []),
  ];
}
