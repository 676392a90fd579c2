import type { Certificate, CertificateRequest, Constraints } from "../model/certificate.ts";
import { Secret } from "../template/secret.ts";
import { RefusedError } from "../util/errors.ts";
import type { AcmeOptions } from "./acme.ts";
import { readAuthority, requirePermitted } from "./authority.ts";
import { issue, newKey, type Signer } from "./issue.ts";
import { certificatesIn, keyIn, pemOf, timeLeft } from "./pem.ts";
import { type Pair, Store } from "./store.ts";
import { readSupplied, type SuppliedFiles } from "./supplied.ts";

/** Where runs keep the site's CA and what it has issued. */
export const PKI = ".quintet/pki";

export interface CertificateOptions {
  readonly constraints: Constraints;
  /** Whether issued certificates are written to the folder. A plan (`--check`) changes nothing. @default true */
  readonly keep?: boolean;
  /** @default the present */
  readonly now?: Date;
  /** The user's own certificates, by their names. They are used as they are. */
  readonly supplied?: Readonly<Record<string, SuppliedFiles>>;
  /** Which certificates come from ACME servers, and how. */
  readonly acme?: AcmeOptions;
}

/**
 * The requested certificates, by name: the user's own, then those from ACME servers. All others come from the site's
 * CA, also while a server has given none. The CA issues one again, with a new key, if the folder's is missing, has less
 * than a third of its life left, is for other names or is from another CA. Throws RefusedError for a file in the folder
 * that cannot be used, UsageError for the user's own files, CompileError for names that are not the site's.
 */
export async function readCertificates(
  folder: string,
  requests: readonly CertificateRequest[],
  { constraints, keep = true, now = new Date(), supplied = {}, acme }: CertificateOptions,
): Promise<Map<string, Certificate>> {
  const store = new Store(folder, keep);
  const certificates = new Map<string, Certificate>();
  for (const request of requests) {
    const files = supplied[request.name];
    if (files) certificates.set(request.name, readSupplied(request, files, now));
  }
  // Loaded only if an ACME server is used.
  const fromAcme =
    acme && Object.keys(acme.servers).length > 0
      ? await (await import("./acme.ts")).readAcme(store, requests, acme, now)
      : undefined;
  for (const [name, certificate] of fromAcme?.certificates ?? []) certificates.set(name, certificate);
  const own = requests.filter(({ name }) => !certificates.has(name));
  if (own.length > 0) await addOwn(certificates, store, own, constraints, now);
  for (const [name, certificate] of certificates)
    if (fromAcme && acme?.servers[name])
      certificates.set(name, { ...certificate, challenge: fromAcme.challenge });
  if (own.length > 0 || fromAcme) store.close();
  return certificates;
}

// --- internal ---

/** Adds certificates of the site's own CA. */
async function addOwn(
  certificates: Map<string, Certificate>,
  store: Store,
  requests: readonly CertificateRequest[],
  constraints: Constraints,
  now: Date,
): Promise<void> {
  const authority = await readAuthority(store, constraints, now);
  const missing: CertificateRequest[] = [];
  for (const request of requests) {
    const kept = read(store, request, authority, now);
    if (kept) certificates.set(request.name, kept);
    else missing.push(request);
  }
  if (missing.length > 0) await requirePermitted(missing, authority, constraints, store);
  for (const request of missing) certificates.set(request.name, await renew(store, request, authority, now));
}

/** The folder's certificate, unless it must be issued again. */
function read(
  store: Store,
  request: CertificateRequest,
  authority: Signer,
  now: Date,
): Certificate | undefined {
  const [keyFile, certificateFile] = filesOf(request);
  const [keyPem, certificatePem] = [store.read(keyFile), store.read(certificateFile)];
  if (keyPem === undefined || certificatePem === undefined) return undefined;
  const refuse = (file: string, expected: string) => (found: string) =>
    new RefusedError(
      `${store.path(file)}: found ${found}; expected ${expected} in PEM; put it back from a backup, or remove it: the next run issues another`,
    );
  const key = keyIn(keyPem, refuse(keyFile, "a private key"));
  const [leaf] = certificatesIn(certificatePem, refuse(certificateFile, "a certificate"));
  const life = Date.parse(leaf.validTo) - Date.parse(leaf.validFrom);
  const fits =
    timeLeft(leaf, now) >= life / 3 &&
    leaf.checkPrivateKey(key) &&
    leaf.checkIssued(authority.certificate) &&
    leaf.verify(authority.certificate.publicKey) &&
    sameNames(leaf.subjectAltName, request);
  return fits ? certificateOf(request, pemOf(key), certificatePem, authority) : undefined;
}

async function renew(
  store: Store,
  request: CertificateRequest,
  authority: Signer,
  now: Date,
): Promise<Certificate> {
  const key = newKey();
  const pem = await issue(key, request, authority, now);
  store.replacePair(filesOf(request), pemOf(key), pem);
  return certificateOf(request, pemOf(key), pem, authority);
}

function filesOf({ name }: CertificateRequest): Pair {
  return [`${name}.key`, `${name}.pem`];
}

function certificateOf(
  { name }: CertificateRequest,
  key: string,
  pem: string,
  { certificate }: Signer,
): Certificate {
  const [leaf] = certificatesIn(pem, (found) => new Error(found));
  return {
    key: new Secret(`${name}.key`, key.trim()),
    chain: leaf.toString().trim(),
    authority: certificate.toString().trim(),
    expires: new Date(leaf.validTo),
  };
}

function sameNames(found = "", { dns, addresses }: CertificateRequest): boolean {
  const wanted = [...dns.map((name) => `DNS:${name}`), ...addresses.map((ip) => `IP Address:${ip}`)];
  return found.split(", ").sort().join() === [...new Set(wanted)].sort().join();
}
