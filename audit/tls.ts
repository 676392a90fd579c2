import { type Host, hostsIn, type Inventory } from "../engine/model/inventory/index.ts";
import { vars as haproxyVars } from "../roles/haproxy/vars.ts";
import { vars as nginxVars } from "../roles/nginx/vars.ts";
import { hostName } from "../roles/shared/certificates.ts";
import { type Check, type Examination, type Found, judged, type Subject } from "./check.ts";
import { compressorsIn, type TlsScan, tlsScanOf } from "./sslscan.ts";
import { tool } from "./tools.ts";

/** Protocols, ciphers and certificate of every TLS port that this computer may reach. That excludes MySQL's. */
export const tls: Check = {
  name: "tls",
  summary: "only TLS 1.2 and 1.3, only forward-secret AEAD ciphers, certificates for the right names",
  tools: { sslscan: "sslscan", nmap: "nmap" },
  examinations: (subject) => endpointsOf(subject).map(examine),
};

/** A TLS port, the host name to ask for, and the protocols that it must offer. */
export interface Endpoint {
  readonly about: string;
  readonly address: string;
  readonly port: number;
  readonly name: string;
  readonly protocols: readonly string[];
}

/** Judges the scan of an endpoint. */
export function judgeTls(endpoint: Endpoint, scan: TlsScan, now = new Date()): Found {
  const { name, protocols } = endpoint;
  const weak = scan.ciphers.filter((cipher) => !isStrong(cipher));
  const days = Math.floor((scan.certificate.until.getTime() - now.getTime()) / 86_400_000);
  const offered = scan.protocols.join(" ");
  const problems = [
    offered !== protocols.join(" ") && `protocols are not exactly ${protocols.join(" ")}`,
    scan.ciphers.length === 0 && "no cipher",
    weak.length > 0 && `weak: ${few(weak.map(({ name, protocol }) => `${name} (${protocol})`))}`,
    scan.renegotiation === "insecure" && "insecure renegotiation",
    scan.compression === true && "compression",
    scan.heartbleed && "Heartbleed",
    !isFor(scan.certificate.names, name) &&
      `the certificate is for ${scan.certificate.names.join(", ") || "no name"}, not for ${name}`,
    scan.certificate.from > now && "the certificate is not valid yet",
    days < LEAST_DAYS && `the certificate has ${days} days left`,
  ].filter((problem) => typeof problem === "string");
  const found = `${offered || "no TLS"}, ${scan.ciphers.length} ciphers, asked for ${name}, certificate valid for ${days} days`;
  return {
    about: endpoint.about,
    ...judged(found, problems),
    expected: expectation(endpoint),
    figures: { ...scan, days },
  };
}

// --- internal ---

/** A run renews a certificate that has less than 30 days left. If it has less than 14, no run has renewed it. */
const LEAST_DAYS = 14;

const SECONDS = 300;

const BOTH = ["TLSv1.2", "TLSv1.3"];

function endpointsOf({ inventory, hosts, varsOf }: Subject): Endpoint[] {
  const { publicAddress, domain } = inventory;
  const ofGroup = (group: string) => hostsIn(inventory, group).filter((host) => hosts.includes(host));
  const balancers = ofGroup("balancer");
  const site = {
    about: `the site (${publicAddress}:443)`,
    address: publicAddress,
    port: 443,
    name: `www.${domain}`,
    protocols: BOTH,
  };
  return [
    ...(balancers.length > 0 ? [site] : []),
    ...balancers.map((host) =>
      endpoint(host, varsOf(haproxyVars, host).statsPort, "statistics", BOTH, inventory),
    ),
    ...ofGroup("web").map((host) =>
      endpoint(host, varsOf(nginxVars, host).port, "Nginx", ["TLSv1.3"], inventory),
    ),
  ];
}

function endpoint(
  { name, address }: Host,
  port: number,
  what: string,
  protocols: readonly string[],
  { domain }: Inventory,
): Endpoint {
  const about = `${what} of ${name} (${address}:${port})`;
  return { about, address, port, name: hostName(name, domain), protocols };
}

function expectation({ protocols, name }: Endpoint): string {
  return `exactly ${protocols.join(" ")}, only forward-secret AEAD, no compression, certificate for ${name} valid for ${LEAST_DAYS} days or more`;
}

function examine(endpoint: Endpoint): Examination {
  const { about, address, port, name } = endpoint;
  return {
    about,
    expected: expectation(endpoint),
    seconds: SECONDS,
    run: async (signal) => {
      const asked = ["sslscan", "--no-colour", "--xml=-", `--sni-name=${name}`, `${address}:${port}`];
      const scan = tlsScanOf((await tool(asked, signal)).stdout);
      // TLS 1.3 has no compression. If sslscan's own OpenSSL cannot compress, it does not test for it; nmap does then.
      const isOpen = scan.compression === undefined && scan.protocols.some((one) => one !== "TLSv1.3");
      const compression = isOpen ? await compresses(endpoint, signal) : scan.compression;
      return [judgeTls(endpoint, { ...scan, compression })];
    },
  };
}

async function compresses({ address, port, name }: Endpoint, signal: AbortSignal): Promise<boolean> {
  const script = ["--script", "ssl-enum-ciphers", "--script-args", `tls.servername=${name}`];
  const { stdout } = await tool(
    ["nmap", "-n", "-Pn", "-p", `${port}`, ...script, "-oX", "-", address],
    signal,
  );
  const compressors = compressorsIn(stdout);
  if (compressors.length === 0) throw new Error("nmap's ssl-enum-ciphers reported nothing about compression");
  return compressors.some((compressor) => compressor !== "NULL");
}

/** Whether a cipher has forward secrecy, AEAD, and a DH group of at least 2048 bits. */
function isStrong({ name, dhBits }: TlsScan["ciphers"][number]): boolean {
  if (/^TLS_(AES_\d+_(GCM|CCM)_SHA\d+|CHACHA20_POLY1305_SHA256)$/.test(name)) return true;
  return /^(ECDHE|DHE)-.*(GCM-SHA\d+|CCM|CHACHA20-POLY1305)$/.test(name) && (dhBits ?? 2048) >= 2048;
}

function isFor(names: readonly string[], wanted: string): boolean {
  return names.includes(wanted) || names.includes(wanted.replace(/^[^.]+/, "*"));
}

function few(words: readonly string[]): string {
  const more = words.length > 5 ? ` and ${words.length - 5} more` : "";
  return words.slice(0, 5).join(", ") + more;
}
