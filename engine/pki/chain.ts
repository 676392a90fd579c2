import type { KeyObject, X509Certificate } from "node:crypto";
import type { Certificate, CertificateRequest } from "../model/certificate.ts";
import { Secret } from "../template/secret.ts";
import { pemOf } from "./pem.ts";

/** The leaf, then the certificate of its issuer, and so on. */
export type Chain = readonly [X509Certificate, ...X509Certificate[]];

/** Makes a certificate from its chain and key, unchanged. A root at the end of the chain becomes its `authority`. */
export function certificateFrom(name: string, chain: Chain, key: KeyObject): Certificate {
  const [leaf] = chain;
  const last = chain.at(-1) ?? leaf;
  const root = last.checkIssued(last) && last.verify(last.publicKey) ? last : undefined;
  return {
    key: new Secret(`${name}.key`, pemOf(key).trim()),
    chain: chain
      .filter((one) => one === leaf || one !== root)
      .map((one) => one.toString().trim())
      .join("\n"),
    authority: root?.toString().trim() ?? "",
    expires: new Date(leaf.validTo),
  };
}

/** The names and addresses for which clients would refuse a certificate. */
export function uncovered(leaf: X509Certificate, { dns, addresses }: CertificateRequest): string[] {
  // Clients no longer look for names in the subject.
  return [
    ...dns.filter((host) => !leaf.checkHost(host, { subject: "never" })),
    ...addresses.filter((address) => !leaf.checkIP(address)),
  ];
}
