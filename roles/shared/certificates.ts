import type { Certificate, CertificateRequest, Host, Inventory, Text } from "../../engine/index.ts";
import { text } from "../../engine/index.ts";

/** What a machine proves to the others that it is itself with. */
export function ofHost({ name, address }: Host, { domain }: Inventory): CertificateRequest {
  return { name, dns: [hostName(name, domain)], addresses: [address] };
}

/** What the balancers prove to visitors that they are the site with. */
export function ofSite({ domain }: Inventory): CertificateRequest {
  return { name: "site", dns: [`www.${domain}`, domain], addresses: [] };
}

/** The name by which the others know a machine, and which its certificate is for. */
export const hostName = (name: string, domain: string) => `${name}.${domain}`;

/** Certificate and key in one file, so that a daemon never sees one without the other. */
export const bundle = ({ chain, key }: Certificate): Text => text`
  ${chain}
  ${key}
`;
