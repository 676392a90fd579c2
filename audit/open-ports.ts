import { BlockList, isIP } from "node:net";
import type { Host } from "../engine/model/inventory/index.ts";
import { sh } from "../engine/template/shell.ts";
import type { Flow } from "../roles/firewall/flows.ts";

/** Where a scan comes from. */
export type Origin =
  /** This computer, which belongs to the inventory's `control`. */
  | { readonly kind: "control" }
  | { readonly kind: "machine"; readonly host: Host }
  | { readonly kind: "stranger"; readonly address: string };

/** What a machine reports about itself: its addresses, and its listening sockets as `tcp 0.0.0.0:22`. */
export interface Listening {
  readonly addresses: readonly string[];
  readonly sockets: readonly string[];
}

/** The allowed ports of one address, for example `22/tcp`. */
export interface OpenPorts {
  /** Allowed by the firewall's table, and a process listens. */
  readonly wanted: readonly string[];
  /** Allowed by the firewall's table, but nothing listens. */
  readonly idle: readonly string[];
}

/** The ports that the firewalls allow from an origin to an address, for example `22/tcp`. */
export function allowed(flows: readonly Flow[], origin: Origin, address: string): string[] {
  const behind = flows.filter((flow) => flow.address === address).map(({ to }) => to);
  const isThere = ({ address: at, to }: Flow) =>
    // A port that is open on all of a machine's addresses is open on the public one too, if the machine has it.
    at === undefined ? to.address === address || behind.includes(to) : at === address;
  const ports = flows
    .filter((flow) => flow.protocol !== "vrrp" && isThere(flow) && mayPass(flow, origin))
    .map(({ port, protocol }) => `${port}/${protocol}`);
  return [...new Set(ports)].sort(byPort);
}

/** The same, split by whether a process listens. If the machine could not be asked, assumes that one does. */
export function openPortsOf(
  flows: readonly Flow[],
  origin: Origin,
  address: string,
  listening: readonly Listening[],
): OpenPorts {
  const open = allowed(flows, origin, address);
  const holder = listening.find(({ addresses }) => addresses.includes(address));
  const answers = (openPort: string) => holder === undefined || listens(holder, address, openPort);
  return { wanted: open.filter(answers), idle: open.filter((openPort) => !answers(openPort)) };
}

/** Shell that prints what `readListening` parses. */
export const LISTENING = sh`
  ss -Hlntu
  echo addresses
  ip -oneline -4 address show`;

/** Parses what LISTENING printed. */
export function readListening(said: string): Listening {
  const [sockets = "", addresses = ""] = said.split(/^addresses$/m);
  return {
    sockets: sockets.split("\n").flatMap((line) => {
      const [protocol, , , , local] = line.trim().split(/\s+/);
      return protocol && local ? [`${protocol} ${local.replace(/%[^:]+(?=:)/, "")}`] : [];
    }),
    addresses: [...addresses.matchAll(/\binet ([\d.]+)/g)].map(([, address = ""]) => address),
  };
}

/** Sorts by number, so that 53 comes before 443. */
export const byPort = (one: string, other: string) =>
  Number.parseInt(one, 10) - Number.parseInt(other, 10) || one.localeCompare(other);

// --- internal ---

const ANYWHERE = ["0.0.0.0", "*", "[::]"];

function listens({ sockets }: Listening, address: string, openPort: string): boolean {
  const [port, protocol] = openPort.split("/");
  return [address, ...ANYWHERE].some((at) => sockets.includes(`${protocol} ${at}:${port}`));
}

function mayPass({ from, sources }: Flow, origin: Origin): boolean {
  if (origin.kind === "control") return from === "everyone" || from === "control";
  if (origin.kind === "stranger") return sources === undefined || covers(sources, origin.address);
  // The machine's own firewall limits it too: it lets out only flows that name this machine, or everyone.
  return sources === undefined ? from === "everyone" : sources.includes(origin.host.address);
}

function covers(sources: readonly string[], address: string): boolean {
  const list = new BlockList();
  for (const source of sources) {
    const [network = "", prefix] = source.split("/");
    if (isIP(network) !== 4) continue;
    if (prefix === undefined) list.addAddress(network);
    else list.addSubnet(network, Number(prefix));
  }
  return list.check(address);
}
