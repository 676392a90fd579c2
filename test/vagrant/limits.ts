import assert from "node:assert/strict";
import { readInventory } from "../../engine/model/inventory/index.ts";
import { tracking } from "../../roles/firewall/tracking.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Puts a steady load on the site for some minutes, then looks on every host for what was lost at a limit of its kernel.
 * Without the role's settings a machine of 672 MiB has no room for it: the kernel keeps a connection for two minutes.
 */
export async function underLoad(terminal: Terminal, hosts: readonly string[]): Promise<void> {
  const before = new Map<string, Limits>();
  for (const host of hosts) before.set(host, await limitsOf(terminal, host));
  await terminal.type("node --import tsx test/vagrant/load.ts");
  for (const host of hosts) {
    const after = await limitsOf(terminal, host);
    assertSized(host, after);
    for (const name of NEVER) assert.equal(after[name], 0, `${host}: ${name} since the boot`);
    for (const name of NOT_NOW) assert.equal(after[name], before.get(host)?.[name], `${host}: ${name}`);
  }
}

/** Checks that connection tracking has the size that the role wants, as after a boot. */
export async function sized(terminal: Terminal, host: string): Promise<void> {
  assertSized(host, await limitsOf(terminal, host));
}

/** The command line that asks a host for its limits. Its output is a name and a number a line. */
export const limitsLine = (host: string) => `npm run -s ssh -- ${host} 'sudo sh -s' <test/vagrant/limits.sh`;

/** Reads that output. */
export const readLimits = (output: string): Limits =>
  Object.fromEntries(
    [...output.matchAll(/^(\w+) (\d+)$/gm)].map(([, name, number]) => [name, Number(number)]),
  );

// --- internal ---

type Limits = Readonly<Record<string, number>>;

/** Packets that connection tracking had no room for, processes killed for want of memory, what the kernel said of it. */
const NEVER = ["drop", "early_drop", "oom_kill", "complaints", "files"];

/** Connections that found a queue full. While services were installed and started, one may have been. */
const NOT_NOW = ["TcpExtListenOverflows", "TcpExtListenDrops", "TcpExtTCPTimeWaitOverflow"];

const limitsOf = async (terminal: Terminal, host: string) =>
  readLimits(await terminal.type(limitsLine(host)));

function assertSized(host: string, found: Limits) {
  const machine = readInventory("inventory/five.yaml").hosts.find(({ name }) => name === host)?.machine;
  assert.ok(machine, host);
  for (const [setting, wanted] of Object.entries(tracking({ most: undefined, memory: machine.memory }))) {
    const name = setting.replace("net.netfilter.nf_conntrack_", "");
    if (name in found) assert.equal(found[name], wanted, `${host}: ${setting}`);
  }
}
