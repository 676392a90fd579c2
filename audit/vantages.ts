import type { Host, Inventory } from "../engine/model/inventory/index.ts";
import { sh } from "../engine/template/shell.ts";
import { asStranger, networkOf } from "../lab/vantage.ts";
import type { Subject } from "./check.ts";
import { type ScanOptions, scanCommand, type Target } from "./nmap-scan.ts";
import type { Listening, Origin } from "./open-ports.ts";
import { tool } from "./tools.ts";

/** The reason why scanning from a place is not possible. */
export class LeftOut extends Error {}

/** What to scan, and what the machines reported about themselves. */
export interface Wanted {
  readonly targets: readonly Target[];
  readonly udp: readonly number[];
  readonly heard: readonly Listening[];
  readonly signal: AbortSignal;
}

/** nmap's output, and what it scanned. */
export interface Scanned {
  readonly origin: Origin;
  readonly targets: readonly Target[];
  readonly xml: string;
}

/** A place to scan ports from. */
export interface Vantage {
  readonly name: string;
  /** Throws LeftOut if scanning from that place is not possible here. */
  readonly scan: (wanted: Wanted) => Promise<Scanned>;
}

/** This computer, one machine of each kind, and in the lab a stranger: a computer that the inventory does not name. */
export function vantagesOf(subject: Subject): Vantage[] {
  const { inventory } = subject;
  return [
    { name: "outside", scan: fromHere },
    ...kindsOf(inventory).map((kind) => ({
      name: kind.map(({ name }) => name).join(" or "),
      scan: (wanted: Wanted) => fromMachine(subject, kind, wanted),
    })),
    { name: "a stranger", scan: (wanted) => fromStranger(inventory, wanted) },
  ];
}

// --- internal ---

/** Time limit of a scan that runs on a machine over SSH. The examination's own limit is a little longer. */
const SECONDS = 1100;

/** Machines in the same groups are of the same kind. */
function kindsOf({ hosts }: Inventory): Host[][] {
  const kinds = new Map<string, Host[]>();
  for (const host of hosts) {
    const key = host.groups.join(" ");
    kinds.set(key, [...(kinds.get(key) ?? []), host]);
  }
  return [...kinds.values()];
}

/** Without root it leaves out UDP. */
async function fromHere({ targets, udp, signal }: Wanted): Promise<Scanned> {
  const options: ScanOptions = process.getuid?.() === 0 ? { way: "syn", udp } : { way: "connect", udp: [] };
  return { origin: { kind: "control" }, targets, xml: await printed(scanCommand(targets, options), signal) };
}

async function fromStranger(inventory: Inventory, { targets, udp, signal }: Wanted): Promise<Scanned> {
  const [host] = inventory.hosts;
  if (!host || (await networkOf(inventory, host)) === undefined)
    throw new LeftOut("only root on the lab's box can add an unknown computer to the machines' network");
  return asStranger(inventory, async (network, address) => {
    const command = within(network, scanCommand(targets, { way: "syn", udp }));
    return { origin: { kind: "stranger", address }, targets, xml: await printed(command, signal) };
  });
}

/** A machine can always reach its own addresses. So this prefers a machine that does not have the public address. */
async function fromMachine(subject: Subject, kind: readonly Host[], wanted: Wanted): Promise<Scanned> {
  const own = ({ address }: Host) =>
    wanted.heard.find(({ addresses }) => addresses.includes(address))?.addresses ?? [address];
  const host = kind.find((one) => !own(one).includes(subject.inventory.publicAddress)) ?? kind[0];
  const targets = wanted.targets.filter(({ address }) => host && !own(host).includes(address));
  if (!host || targets.length === 0) throw new LeftOut("nothing to scan: a machine can always reach itself");
  // With the kernel's own connections, the machine's own firewall refuses at once what it does not let out.
  const command = scanCommand(targets, { way: "connect", udp: wanted.udp });
  const xml = await printedOn(subject, host, command, wanted.signal);
  return { origin: { kind: "machine", host }, targets, xml };
}

const within = (network: string, command: readonly string[]) => ["nsenter", `--net=${network}`, ...command];

async function printed(command: readonly string[], signal: AbortSignal): Promise<string> {
  const { code, stdout, stderr } = await tool(command, signal);
  if (code !== 0) throw new Error(`nmap: exit ${code}: ${stderr.trim()}`);
  return stdout;
}

/** In the lab this box's nmap runs in the machine's network namespace. Elsewhere the machine's own nmap runs. */
async function printedOn(
  { inventory, ask }: Subject,
  host: Host,
  command: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const network = await networkOf(inventory, host);
  if (network !== undefined) return printed(within(network, command), signal);
  const found = await ask(host, sh`command -v nmap || echo none`, signal);
  if (found.trim() === "none")
    throw new LeftOut(`${host.name} has no nmap, and an audit installs nothing on a machine`);
  return ask(host, sh`${[...command]}`, signal, { seconds: SECONDS });
}
