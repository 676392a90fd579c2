import { type Host, hostsIn, type Inventory } from "../../../engine/model/inventory/index.ts";
import type { DatabaseTold, Told } from "./facts.ts";

/** How the site is. What it should not be is a sentence in `problems`. */
export interface SiteStatus {
  readonly site: string;
  readonly address: string;
  /** Who holds the public address. */
  readonly holders: readonly string[];
  /** The web servers, as the balancer that holds the address sees them. */
  readonly servers: Readonly<Record<string, string>>;
  readonly databases: readonly { readonly name: string; readonly is: string }[];
  readonly store: { readonly members: readonly string[]; readonly leader: string | null };
  readonly silent: readonly string[];
  readonly problems: readonly string[];
}

/** Seconds that a replica may be behind before that is worth a word: then the application reads elsewhere, too. */
const LATE = 5;

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
    databases: hosts.map((host) => ({ name: host.name, is: describe(told.get(host.name)?.database, hosts) })),
    problems: [
      ...silent.map((name) => `${name} does not answer`),
      ...addressProblems(address, holders),
      ...serverProblems(holders[0], servers),
      ...databaseProblems(hosts, told),
      ...storeProblems(store, hostsIn(inventory, "quorum"), told),
    ],
  };
}

// --- internal ---

function describe(database: DatabaseTold | undefined, hosts: readonly Host[]): string {
  if (!database) return "does not answer";
  const { takesWrites, commitsWait, waitsFor, source, receives, applies, lagSeconds } = database;
  if (takesWrites)
    return `primary, ${commitsWait && waitsFor > 0 ? "a replica confirms each commit" : "alone"}`;
  if (source === "") return "read-only, and replicates from nobody";
  const from = hosts.find(({ address }) => address === source)?.name ?? source;
  if (!receives || !applies) return `replica of ${from}, stopped`;
  return `replica of ${from}, ${lagSeconds.toFixed(1)} s behind`;
}

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

function databaseProblems(hosts: readonly Host[], told: ReadonlyMap<string, Told>): string[] {
  const states = hosts.map((host) => ({ ...host, database: told.get(host.name)?.database }));
  const primaries = states.filter(({ database }) => database?.takesWrites);
  const [primary, ...more] = primaries;
  if (!primary) return ["no database takes writes"];
  if (more.length > 0) return [`${primaries.map(({ name }) => name).join(" and ")} all take writes`];
  const alone = !primary.database?.commitsWait || primary.database.waitsFor === 0;
  const replicas = states.filter(({ name }) => name !== primary.name);
  return [
    ...(alone && replicas.length > 0 ? [`${primary.name} is alone: what it loses is lost`] : []),
    ...replicas.flatMap(({ name, database }) => {
      if (!database) return told.has(name) ? [`MySQL on ${name} does not answer`] : [];
      const { receives, applies, lagSeconds } = database;
      if (!follows(name, primary, states)) return [`${name} does not replicate from ${primary.name}`];
      if (!receives || !applies) return [`replication on ${name} has stopped`];
      return lagSeconds > LATE ? [`${name} is ${lagSeconds.toFixed(0)} s behind`] : [];
    }),
  ];
}

/** Whether a replica receives from the primary, or from one that does. */
function follows(
  name: string,
  primary: Host,
  states: readonly (Host & { database: DatabaseTold | undefined })[],
  left = states.length,
): boolean {
  const source = states.find((one) => one.name === name)?.database?.source;
  const next = states.find(({ address }) => address === source);
  if (next === undefined || left === 0) return false;
  return next.name === primary.name || follows(next.name, primary, states, left - 1);
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
