import { documentOf, type Element, elements } from "./xml.ts";

/** An address to scan, and its name for people. */
export interface Target {
  readonly name: string;
  readonly address: string;
}

/** What a run of nmap found. */
export interface Scan {
  /** Open ports by address, for example `22/tcp`. Hosts that did not answer at all are missing. */
  readonly open: ReadonlyMap<string, readonly string[]>;
  /** How many ports were scanned, by protocol. */
  readonly counted: Readonly<Record<string, number>>;
}

/** Parses nmap's XML. Throws if nmap did not finish. */
export function scanOf(xml: string): Scan {
  const document = documentOf(xml);
  const [finished] = elements(document, "finished");
  if (finished?.attributes["exit"] !== "success")
    throw new Error(`nmap did not finish: ${finished?.attributes["errormsg"] ?? xml.trim().slice(-200)}`);
  const hosts = elements(document, "host").filter(
    (host) => elements(host, "status")[0]?.attributes["state"] === "up",
  );
  const counted = elements(document, "scaninfo").map(
    ({ attributes }) => [attributes["protocol"], Number(attributes["numservices"])] as const,
  );
  return {
    open: new Map(hosts.map((host) => [addressIn(host), openIn(host)])),
    counted: Object.fromEntries(counted),
  };
}

export interface ScanOptions {
  /** With `syn` nmap builds the packets itself, with `connect` the kernel opens the connections. */
  readonly way: "syn" | "connect";
  /** UDP ports to scan. Empty without root, because UDP scans need it. */
  readonly udp: readonly number[];
}

/** The nmap command that scans all TCP ports and these UDP ports of all targets in one run. */
export function scanCommand(targets: readonly Target[], { way, udp }: ScanOptions): string[] {
  const ports = udp.length > 0 ? `T:1-65535,U:${udp.join(",")}` : "1-65535";
  return [
    ...["nmap", "-n", "-Pn", "-T4"],
    // A firewall that drops packets does not answer. Without a minimum rate nmap would scan slower and slower.
    ...["--min-rate", "5000", "--max-retries", "1", "--min-hostgroup", "64"],
    // Raw Ethernet bypasses this computer's own firewall. That would track hundreds of thousands of connections.
    ...(way === "syn" ? ["-sS", "--send-eth"] : ["-sT"]),
    ...(udp.length > 0 ? ["-sU"] : []),
    ...["-p", ports, "-oX", "-", ...targets.map(({ address }) => address)],
  ];
}

// --- internal ---

function addressIn(host: Element): string {
  const found = elements(host, "address").find(({ attributes }) => attributes["addrtype"] === "ipv4");
  return found?.attributes["addr"] ?? "";
}

/** Only `open` counts. `open|filtered` means that there was no answer, which proves nothing. */
function openIn(host: Element): string[] {
  return elements(host, "port")
    .filter((port) => elements(port, "state")[0]?.attributes["state"] === "open")
    .map(({ attributes }) => `${attributes["portid"]}/${attributes["protocol"]}`);
}
