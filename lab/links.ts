import type { Host } from "../engine/model/inventory/index.ts";
import { RefusedError, UsageError } from "../engine/util/errors.ts";
import type { Lab } from "./context.ts";
import { exists, portOf } from "./network.ts";
import { attempt, run } from "./run.ts";

/** Cuts a running machine off from everything, or only `from` one other machine, in both directions. */
export async function cutLink(lab: Lab, host: Host, from?: Host): Promise<void> {
  if (from) return pairs(lab, "add", host, from);
  await setPort(host, "down");
}

/** Undoes cutLink. */
export async function healLink(lab: Lab, host: Host, from?: Host): Promise<void> {
  if (from) return pairs(lab, "delete", host, from);
  await setPort(host, "up");
}

/** Undoes every cut between these machines. */
export async function healAll(lab: Lab, hosts: readonly Host[]): Promise<void> {
  await run({ nothrow: true })`nft flush set bridge ${lab.id} cut`;
  for (const host of hosts) if (await exists(portOf(host.name))) await setPort(host, "up");
}

/** What a machine is cut off from: everything, or the named machines. */
export async function cutsOf(lab: Lab, host: Host): Promise<{ all: boolean; from: string[] }> {
  const port = await run({ nothrow: true })`ip -json link show ${portOf(host.name)}`;
  const flags: string[] = port.exitCode === 0 ? JSON.parse(port.stdout)[0].flags : ["UP"];
  const addresses = (await cutPairs(lab)).flatMap(([left, right]) => (left === host.address ? [right] : []));
  const from = lab.inventory.hosts.flatMap(({ name, address }) =>
    addresses.includes(address) ? [name] : [],
  );
  return { all: !flags.includes("UP"), from };
}

// --- internal ---

async function setPort(host: Host, state: "up" | "down") {
  const port = portOf(host.name);
  if (!(await exists(port)))
    throw new RefusedError(`${host.name} is not running, so it has no link to cut or heal`);
  await attempt(`taking ${port} ${state}`, () => run`ip link set ${port} ${state}`);
}

async function pairs(lab: Lab, verb: "add" | "delete", one: Host, other: Host) {
  if (one === other) throw new UsageError(`--from ${one.name}: a machine has no link to itself`);
  const isCut = (await cutPairs(lab)).some(
    ([left, right]) => left === one.address && right === other.address,
  );
  if (isCut === (verb === "add")) return;
  const elements = `{ ${one.address} . ${other.address}, ${other.address} . ${one.address} }`;
  await attempt(
    "nftables",
    () => run({ input: `${verb} element bridge ${lab.id} cut ${elements}\n` })`nft -f -`,
  );
}

async function cutPairs(lab: Lab): Promise<[string, string][]> {
  const listed = await run({ nothrow: true })`nft --json list set bridge ${lab.id} cut`;
  if (listed.exitCode !== 0) return [];
  const parts: { set?: { elem?: { concat: [string, string] }[] } }[] = JSON.parse(listed.stdout).nftables;
  return parts.flatMap(({ set }) => set?.elem ?? []).map(({ concat }) => concat);
}
