import type { CertificateRequest, Host, Inventory } from "../../engine/index.ts";
import { hostName, ofHost } from "../shared/certificates.ts";

/** Only certificates with this name may speak as a member. A machine's usual one has it not. */
export const memberName = (domain: string) => hostName("quorum", domain);

/** The certificate of a member. */
export function ofMember(host: Host, inventory: Inventory): CertificateRequest {
  const { dns, addresses } = ofHost(host, inventory);
  return { name: `etcd-${host.name}`, dns: [...dns, memberName(inventory.domain)], addresses };
}

/** The store's user that may do everything: runs, on the members themselves. */
export const ROOT = "etcd-root";
