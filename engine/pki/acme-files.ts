import type { KeyObject, X509Certificate } from "node:crypto";
import type { Certificate, CertificateRequest } from "../model/certificate.ts";
import { RefusedError } from "../util/errors.ts";
import type { AcmeServer } from "./acme-settings.ts";
import { certificateFrom, uncovered } from "./chain.ts";
import { certificatesIn, keyIn, pemOf, timeLeft } from "./pem.ts";
import type { Pair, Store } from "./store.ts";

/** A certificate from an ACME server, as the folder has it. */
export interface Kept {
  readonly certificate: Certificate;
  /** It is from the right server and has at least a third of its life left: no other need be ordered. */
  readonly good: boolean;
}

/** The folder's certificate, if clients accept it now. Throws RefusedError for files that cannot be read. */
export function readKept(
  store: Store,
  request: CertificateRequest,
  server: AcmeServer,
  now: Date,
): Kept | undefined {
  const [keyFile, certificateFile] = filesOf(request);
  const [keyPem, pem] = [store.read(keyFile), store.read(certificateFile)];
  if (keyPem === undefined || pem === undefined) return undefined;
  const refuse = (file: string, expected: string) => (found: string) =>
    new RefusedError(
      `${store.path(file)}: found ${found}; expected ${expected} in PEM; put it back from a backup, or remove it: the next run orders another`,
    );
  const key = keyIn(keyPem, refuse(keyFile, "a private key"));
  const [leaf] = certificatesIn(pem, refuse(certificateFile, "a certificate"));
  const left = timeLeft(leaf, now);
  if (left <= 0 || !leaf.checkPrivateKey(key) || uncovered(leaf, request).length > 0) return undefined;
  const life = Date.parse(leaf.validTo) - Date.parse(leaf.validFrom);
  return {
    certificate: assembled(request, server, pem, key),
    good: pem.startsWith(originOf(server)) && left >= life / 3,
  };
}

/** Stores a certificate and its key in place of the last ones. Throws RefusedError if it cannot. */
export function keep(
  store: Store,
  request: CertificateRequest,
  server: AcmeServer,
  pem: string,
  key: KeyObject,
): void {
  store.replacePair(filesOf(request), pemOf(key), `${originOf(server)}${pem}`);
}

/**
 * Makes a certificate from what an ACME server has sent. Throws an Error if it does not fit the request and the key.
 */
export function assembled(
  request: CertificateRequest,
  server: AcmeServer,
  pem: string,
  key: KeyObject,
): Certificate {
  const chain = certificatesIn(pem, (found) => new Error(`it sent ${found}`));
  const [leaf] = chain;
  const strange = uncovered(leaf, request);
  if (strange.length > 0) throw new Error(`it sent a certificate that is not for ${strange.join(", ")}`);
  if (!leaf.checkPrivateKey(key)) throw new Error("it sent a certificate of another key");
  const certificate = certificateFrom(request.name, chain, key);
  return { ...certificate, authority: certificate.authority || issuerOf(chain.at(-1) ?? leaf, server) };
}

// --- internal ---

/** The private CA that vouches for an ACME server has usually issued its certificates, too. */
function issuerOf(last: X509Certificate, { authorities }: AcmeServer): string {
  const known = authorities ? certificatesIn(authorities, (found) => new Error(found)) : [];
  const issuer = known.find((one) => last.checkIssued(one) && last.verify(one.publicKey));
  return issuer?.toString().trim() ?? "";
}

/**
 * First line of a certificate's file. It tells certificates of a server that was only tried out from the right one's.
 */
function originOf({ directory }: AcmeServer): string {
  return `# from ${directory}\n`;
}

function filesOf({ name }: CertificateRequest): Pair {
  return [`${name}.acme.key`, `${name}.acme.pem`];
}
