import { documentOf, type Element, elements } from "./xml.ts";

/** An address that is scanned, as people call it. */
export interface Target {
  readonly name: string;
  readonly address: string;
}

/** What a run of nmap found. */
export interface Scan {
  /** Open ports by address: `22/tcp`. A host that did not answer at all is not there. */
  readonly open: ReadonlyMap<string, readonly string[]>;
  /** How many ports were tried, by protocol. */
  readonly counted: Readonly<Record<string, number>>;
}

/** Reads nmap's XML. Throws when the run did not come to its end. */
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
  /** `syn` leaves it to nmap to make packets, `connect` to the kernel. */
  readonly way: "syn" | "connect";
  /** UDP ports; without root there can be none. */
  readonly udp: readonly number[];
}

/** nmap of all TCP ports of all targets in one go, and of some of UDP. */
export function scanCommand(targets: readonly Target[], { way, udp }: ScanOptions): string[] {
  const ports = udp.length > 0 ? `T:1-65535,U:${udp.join(",")}` : "1-65535";
  return [
    ...["nmap", "-n", "-Pn", "-T4"],
    // Who drops what is not for him does not answer, and nmap would ask him ever more slowly.
    ...["--min-rate", "5000", "--max-retries", "1", "--min-hostgroup", "64"],
    // Packets past this computer's own firewall, which would note hundreds of thousands of connections otherwise.
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

/** `open|filtered` is how silence sounds: no proof of anything. */
function openIn(host: Element): string[] {
  return elements(host, "port")
    .filter((port) => elements(port, "state")[0]?.attributes["state"] === "open")
    .map(({ attributes }) => `${attributes["portid"]}/${attributes["protocol"]}`);
}
