import { documentOf, type Element, elements, textOf } from "./xml.ts";

/** What sslscan found at a port. */
export interface TlsScan {
  /** For example `TLSv1.3`. The oldest comes first. */
  readonly protocols: readonly string[];
  readonly ciphers: readonly {
    readonly name: string;
    readonly protocol: string;
    /** Size of a DHE cipher's group. */
    readonly dhBits?: number;
  }[];
  readonly renegotiation: "none" | "secure" | "insecure";
  /** Undefined if sslscan did not test it. */
  readonly compression: boolean | undefined;
  readonly heartbleed: boolean;
  readonly certificate: {
    readonly names: readonly string[];
    readonly from: Date;
    readonly until: Date;
  };
}

/** Parses sslscan's XML. If sslscan reached no TLS server, throws with sslscan's own message. */
export function tlsScanOf(xml: string): TlsScan {
  const scan = documentOf(xml);
  const error = textOf(scan, "error");
  if (error !== undefined) throw new Error(`sslscan: ${error}`);
  const certificate = elements(scan, "certificate")[0];
  if (certificate === undefined) throw new Error("sslscan got no certificate");
  const [renegotiation] = elements(scan, "renegotiation");
  const [compression] = elements(scan, "compression");
  return {
    protocols: elements(scan, "protocol")
      .filter(({ attributes }) => attributes["enabled"] === "1")
      .map(({ attributes }) => `${attributes["type"] === "ssl" ? "SSLv" : "TLSv"}${attributes["version"]}`),
    ciphers: elements(scan, "cipher").map(({ attributes: { cipher = "", sslversion = "", dhebits } }) => ({
      name: cipher,
      protocol: sslversion,
      ...(dhebits !== undefined && { dhBits: Number(dhebits) }),
    })),
    renegotiation: renegotiationOf(renegotiation?.attributes),
    compression: compression && compression.attributes["supported"] === "1",
    heartbleed: elements(scan, "heartbleed").some(({ attributes }) => attributes["vulnerable"] === "1"),
    certificate: {
      names: (textOf(certificate, "altnames") ?? "")
        .split(", ")
        .flatMap((name) => (name.startsWith("DNS:") ? [name.slice(4)] : [])),
      from: dateOf(certificate, "not-valid-before"),
      until: dateOf(certificate, "not-valid-after"),
    },
  };
}

/** The compression methods that nmap's script ssl-enum-ciphers found. `NULL` means no compression. */
export function compressorsIn(xml: string): string[] {
  return elements(documentOf(xml), "table")
    .filter(({ attributes }) => attributes["key"] === "compressors")
    .flatMap((table) => elements(table, "elem").map(({ text }) => text));
}

// --- internal ---

function renegotiationOf({ supported, secure }: Readonly<Record<string, string>> = {}) {
  if (supported !== "1") return "none";
  return secure === "1" ? "secure" : "insecure";
}

function dateOf(certificate: Element, name: string): Date {
  const date = new Date(textOf(certificate, name) ?? "");
  if (Number.isNaN(date.getTime())) throw new Error(`sslscan reported no ${name}`);
  return date;
}
