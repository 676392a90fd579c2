import { Secret } from "../template/secret.ts";

/** What a role asks a certificate for. */
export interface CertificateRequest {
  /** Of its files, and its subject: `web-01`. */
  readonly name: string;
  /** Host names that it is good for. */
  readonly dns: readonly string[];
  /** IPv4 addresses that it is good for. */
  readonly addresses: readonly string[];
}

/** A key with its certificate. PEM without the last line break, as `text` wants it. */
export interface Certificate {
  /** PKCS#8. */
  readonly key: Secret;
  /** The leaf, then intermediates, if any. */
  readonly chain: string;
  /** The CA that clients verify the chain with; empty when it is a public one that they have already. */
  readonly authority: string;
  readonly expires: Date;
  /**
   * When an ACME server is to issue it, now or later: what its balancers answer on port 80 for any token, as
   * `TOKEN.CHALLENGE`. No secret: it is the thumbprint of the account's public key.
   */
  readonly challenge?: string;
}

/** What the site's CA speaks for: a domain with its subdomains, and the /24 networks that hold these IPv4 addresses. */
export interface Constraints {
  readonly domain: string;
  readonly addresses: readonly string[];
}

/** All that must not be printed of these certificates: a program that shows a key may show it line by line, or as one line. */
export function keySecrets(certificates: Iterable<Certificate>): Secret[] {
  return [...certificates].flatMap(({ key }) => {
    const body = key
      .reveal()
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("-----"));
    return [key, ...[body.join(""), ...body].map((part) => new Secret(key.name, part))];
  });
}
