import { Secret } from "../template/secret.ts";

/** A certificate that a role asks for. */
export interface CertificateRequest {
  /** Name of its files, and its subject: `web-01`. */
  readonly name: string;
  /** Host names that it is valid for. */
  readonly dns: readonly string[];
  /** IPv4 addresses that it is valid for. */
  readonly addresses: readonly string[];
}

/** A certificate with its key. PEM has no final line break here, because `text` adds one. */
export interface Certificate {
  /** PKCS#8. */
  readonly key: Secret;
  /** The leaf, then intermediates, if any. */
  readonly chain: string;
  /** The CA that clients verify the chain with. Empty if it is a public CA, which clients know already. */
  readonly authority: string;
  readonly expires: Date;
  /**
   * Set if an ACME server issues this certificate, now or later. On port 80 the balancers answer the challenge for any
   * token with `TOKEN.CHALLENGE`. It is not secret: it is the thumbprint of the account's public key.
   */
  readonly challenge?: string;
}

/** What the site's CA may issue for: the domain with its subdomains, and the /24 networks of these IPv4 addresses. */
export interface Constraints {
  readonly domain: string;
  readonly addresses: readonly string[];
}

/**
 * The keys of these certificates as secrets. A program may print one line by line or as one line: those are included.
 */
export function keySecrets(certificates: Iterable<Certificate>): Secret[] {
  return [...certificates].flatMap(({ key }) => {
    const body = key
      .reveal()
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("-----"));
    return [key, ...[body.join(""), ...body].map((part) => new Secret(key.name, part))];
  });
}
