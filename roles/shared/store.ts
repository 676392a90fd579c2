import type { CertificateRequest, Host, Inventory } from "../../engine/index.ts";
import { hostName } from "./certificates.ts";

/** Keys of the store (role etcd) that are the failover's. A database's manager reaches them, and no others. */
export const FAILOVER_KEYS = "/quintet/failover/";

/** Where a member of the store hears its clients. */
export const storeUrl = ({ address }: Pick<Host, "address">) => `https://${address}:2379`;

/** Only certificates with this name may speak to the store at all. A machine's usual one has it not. */
export const storeClientName = (domain: string) => hostName("store-client", domain);

/** The certificate of a client of the store, which knows it as the user of this name. */
export function ofStoreClient(user: string, { domain }: Pick<Inventory, "domain">): CertificateRequest {
  return { name: user, dns: [storeClientName(domain)], addresses: [] };
}

/** The store's user for the manager of a database machine. */
export const managerOf = ({ name }: Pick<Host, "name">) => `failover-${name}`;
