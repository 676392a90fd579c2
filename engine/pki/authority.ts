import type { KeyObject } from "node:crypto";
import { BlockList } from "node:net";
import type { CertificateRequest, Constraints } from "../model/certificate.ts";
import { CompileError, RefusedError } from "../util/errors.ts";
import { newKey, type Permitted, permittedBy, type Signer, selfSigned } from "./issue.ts";
import { certificatesIn, p256KeyIn, pemOf, untimely } from "./pem.ts";
import { isAcme, type Store } from "./store.ts";

/**
 * The site's CA: the folder's, or a new one if the folder has neither its key nor any certificates. If two runs make
 * one at the same time, both use the first. Throws RefusedError if it is lost, damaged or expired.
 */
export async function readAuthority(store: Store, constraints: Constraints, now: Date): Promise<Signer> {
  // Listed before the key is read: if another run is making a CA right now, it writes the key before all else.
  const others = store.files().filter((file) => file !== KEY && !isAcme(file));
  const found = store.read(KEY);
  if (found === undefined && others.length > 0)
    throw new RefusedError(
      `${store.path(KEY)}: found no such file, but ${others.join(", ")}; expected the key of the CA that has issued them; ${restore(store)}`,
    );
  const key = parseKey(store, found ?? store.claim(KEY, pemOf(newKey())));
  const pem =
    store.read(CERTIFICATE) ??
    store.claim(CERTIFICATE, await selfSigned(key, nameOf(constraints), permittedTo(constraints), now));
  const path = store.path(CERTIFICATE);
  const again = `put it back from a backup, or remove it: the next run makes it again from ${store.path(KEY)}, for the same CA`;
  const [certificate] = certificatesIn(
    pem,
    (found) => new RefusedError(`${path}: found ${found}; expected the CA's certificate in PEM; ${again}`),
  );
  if (!certificate.checkPrivateKey(key))
    throw new RefusedError(
      `${path}: found a certificate of another key than ${store.path(KEY)}; expected them to belong together; ${restore(store)}`,
    );
  const why = untimely(certificate, now);
  if (why !== undefined)
    throw new RefusedError(
      `${path}: found that the CA ${why}; expected one that is valid now; if this computer's clock is right, ${renew(store)}`,
    );
  return { certificate, key };
}

/**
 * Makes sure that clients would accept certificates for these names. Throws CompileError for a name that is not the
 * site's, and RefusedError for one that the site did not have yet when its CA was made.
 */
export async function requirePermitted(
  requests: readonly CertificateRequest[],
  { certificate }: Signer,
  constraints: Constraints,
  store: Store,
): Promise<void> {
  const site = permittedTo(constraints);
  const own = await permittedBy(certificate);
  for (const request of requests) {
    const strange = outside(request, site);
    if (strange.length > 0)
      throw new CompileError(
        `certificate ${request.name}: found ${strange.join(", ")}; expected names in ${list(site)}, since the site's CA may issue for these only`,
      );
    const late = own ? outside(request, own) : [];
    if (own && late.length > 0)
      throw new RefusedError(
        `${store.path(CERTIFICATE)}: found a CA for ${list(own)}; expected one for ${late.join(", ")} of the certificate ${request.name} as well, or clients would refuse it; ${renew(store)}`,
      );
  }
}

// --- internal ---

const KEY = "ca.key";
const CERTIFICATE = "ca.pem";

function restore(store: Store): string {
  return `put it back from a backup; if there is none, ${renew(store)}`;
}

function renew({ folder }: Store): string {
  return `remove ${folder} and provision every host again: that makes a new CA, which all of them must get`;
}

function parseKey(store: Store, pem: string): KeyObject {
  return p256KeyIn(
    pem,
    (found) =>
      new RefusedError(
        `${store.path(KEY)}: found ${found}; expected the CA's P-256 key in PEM; ${restore(store)}`,
      ),
  );
}

/** X.509 allows 64 characters in a common name. */
function nameOf({ domain }: Constraints): string {
  return `Quintet CA of ${domain}`.slice(0, 64);
}

function permittedTo({ domain, addresses }: Constraints): Permitted {
  const networks = addresses.map((address) => address.replace(/\d+$/, "0/24"));
  return { domains: [domain], networks: [...new Set(networks)].sort() };
}

function outside({ dns, addresses }: CertificateRequest, { domains, networks }: Permitted): string[] {
  const inNetworks = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    inNetworks.addSubnet(address, Number(bits));
  }
  return [
    ...dns.filter((name) => !domains.some((domain) => name === domain || name.endsWith(`.${domain}`))),
    ...addresses.filter((address) => !inNetworks.check(address)),
  ];
}

function list({ domains, networks }: Permitted): string {
  return [...domains, ...networks].join(", ");
}
