import { type Check, type Examination, type Found, judged, type Subject } from "./check.ts";
import { type Scan, scanOf, type Target } from "./nmap-scan.ts";
import {
  byPort,
  LISTENING,
  type Listening,
  type OpenPorts,
  type Origin,
  openPortsOf,
  readListening,
} from "./open-ports.ts";
import { LeftOut, type Scanned, type Vantage, vantagesOf } from "./vantages.ts";

/** Scans for open ports from every place that matters. */
export const nmap: Check = {
  name: "nmap",
  summary: "from every place, exactly the ports in the firewall's table are open",
  tools: { nmap: "nmap" },
  // If two scans run at the same time, each takes the other's traffic for a slow network.
  atOnce: 1,
  examinations: (subject) => {
    let listening: Promise<readonly Listening[]> | undefined;
    const hear = (signal: AbortSignal) => {
      listening ??= listeningOf(subject, signal);
      return listening;
    };
    return vantagesOf(subject).map((vantage) => examine(subject, vantage, hear));
  },
};

/** Compares the open ports of one address with the firewall's table. */
export function judgePorts(
  about: string,
  { wanted, idle }: OpenPorts,
  open: readonly string[],
  scan: Scan,
): Found {
  const wasTried = (openPort: string) => (scan.counted[openPort.split("/")[1] ?? ""] ?? 0) > 0;
  const surplus = open.filter((openPort) => !wanted.includes(openPort) && !idle.includes(openPort));
  const missing = wanted.filter((openPort) => wasTried(openPort) && !open.includes(openPort));
  const silent = idle.length > 0 ? ` (allowed too, but nothing listens: ${list(idle)})` : "";
  return {
    about,
    ...judged(`open ${list(open)}`, [
      ...(surplus.length > 0 ? [`surplus ${list(surplus)}`] : []),
      ...(missing.length > 0 ? [`missing ${list(missing)}`] : []),
    ]),
    expected: `${list(wanted.filter(wasTried))}${silent}`,
    figures: { open, wanted, idle, surplus, missing, scanned: scan.counted },
  };
}

// --- internal ---

/** Scans all ports of all machines. Most ports do not answer and are tried twice. */
const SECONDS = 1200;

/** UDP ports that matter: DNS, DHCP, TFTP, NTP, NetBIOS, SNMP, IKE, syslog, SSDP, NAT-T, mDNS, LLMNR. */
const UDP = [53, 67, 68, 69, 123, 137, 161, 500, 514, 1900, 4500, 5353, 5355];

const EXPECTED = "the ports of the firewall's table";

const list = (ports: readonly string[]) => ports.join(", ") || "none";

/** The hosts of --limit. Also the public address, if one of them can have it. */
function targetsOf({ inventory: { publicAddress: address }, hosts, flows }: Subject): Target[] {
  const isTheirs = flows.some((flow) => flow.address === address && hosts.includes(flow.to));
  return [...hosts, ...(isTheirs ? [{ name: "public address", address }] : [])];
}

/** Asks every machine, even those outside --limit, because any of them may have the public address. */
async function listeningOf({ inventory, ask }: Subject, signal: AbortSignal): Promise<Listening[]> {
  const said = await Promise.allSettled(inventory.hosts.map((host) => ask(host, LISTENING, signal)));
  return said.flatMap((one) => (one.status === "fulfilled" ? [readListening(one.value)] : []));
}

function examine(
  subject: Subject,
  { name, scan }: Vantage,
  hear: (signal: AbortSignal) => Promise<readonly Listening[]>,
): Examination {
  const opened = subject.flows.filter(({ protocol }) => protocol === "udp").map(({ port }) => port);
  const udp = [...new Set([...UDP, ...opened])].sort((one, other) => one - other);
  return {
    about: `from ${name}`,
    expected: EXPECTED,
    seconds: SECONDS,
    run: async (signal) => {
      try {
        const heard = await hear(signal);
        return judge(subject, await scan({ targets: targetsOf(subject), udp, heard, signal }), heard);
      } catch (error) {
        if (!(error instanceof LeftOut)) throw error;
        return [{ about: `from ${name}`, verdict: "left out", found: error.message, expected: EXPECTED }];
      }
    },
  };
}

function judge({ flows }: Subject, { origin, targets, xml }: Scanned, heard: readonly Listening[]): Found[] {
  const scan = scanOf(xml);
  return targets.map(({ name, address }) => {
    const about = `${name} (${address}) from ${nameOf(origin)}`;
    const open = scan.open.get(address);
    if (open === undefined)
      return { about, verdict: "bad", found: "nmap got no answer from this address", expected: EXPECTED };
    return judgePorts(about, openPortsOf(flows, origin, address, heard), [...open].sort(byPort), scan);
  });
}

function nameOf(origin: Origin): string {
  if (origin.kind === "machine") return origin.host.name;
  return origin.kind === "control" ? "outside" : `a stranger (${origin.address})`;
}
