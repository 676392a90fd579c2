import type { Certificate, CertificateRequest, Host, Inventory, Text } from "../../engine/index.ts";
import { text } from "../../engine/index.ts";

/** The certificate by which a machine proves to the others who it is. */
export function ofHost({ name, address }: Host, { domain }: Inventory): CertificateRequest {
  return { name, dns: [hostName(name, domain)], addresses: [address] };
}

/** The certificate by which the balancers prove to visitors that they are the site. */
export function ofSite({ domain }: Inventory): CertificateRequest {
  return { name: "site", dns: [`www.${domain}`, domain], addresses: [] };
}

/** The name by which the others know a machine. Its certificate is for this name. */
export const hostName = (name: string, domain: string) => `${name}.${domain}`;

/** Certificate and key in one file, so that a daemon never sees one without the other. */
export const bundle = ({ chain, key }: Certificate): Text => text`
  ${chain}
  ${key}
`;
