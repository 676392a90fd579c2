import type { KeyObject, X509Certificate } from "node:crypto";
import type { Certificate, CertificateRequest } from "../model/certificate.ts";
import { RefusedError } from "../util/errors.ts";
import type { AcmeServer } from "./acme-settings.ts";
import { certificateFrom, uncovered } from "./chain.ts";
import { certificatesIn, keyIn, pemOf, timeLeft } from "./pem.ts";
import type { Store } from "./store.ts";

/** A certificate from an ACME server, as it was kept. */
export interface Kept {
  readonly certificate: Certificate;
  /** It is from the right server and has a third of its life left, so that none need be ordered. */
  readonly good: boolean;
}

/** What the folder has, if clients accept it now. Throws RefusedError for files that cannot be read. */
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

/** Puts a certificate and its key into the folder, in the place of the last one. Throws RefusedError when it cannot. */
export function keep(
  store: Store,
  request: CertificateRequest,
  server: AcmeServer,
  pem: string,
  key: KeyObject,
): void {
  const [keyFile, certificateFile] = filesOf(request);
  // The key first: one without its certificate is taken for missing, and so is one beside the certificate of the last key.
  store.replace(keyFile, pemOf(key));
  store.replace(certificateFile, `${originOf(server)}${pem}`);
}

/** A certificate of what an ACME server has sent. Throws an Error for what is none of this request and key. */
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

/** A private CA that the server is trusted by has most often issued its certificates, too. */
function issuerOf(last: X509Certificate, { authorities }: AcmeServer): string {
  const known = authorities ? certificatesIn(authorities, (found) => new Error(found)) : [];
  const issuer = known.find((one) => last.checkIssued(one) && last.verify(one.publicKey));
  return issuer?.toString().trim() ?? "";
}

/** The first line of a certificate's file: one of a server that was tried out first is not taken for the right one's. */
function originOf({ directory }: AcmeServer): string {
  return `# from ${directory}\n`;
}

function filesOf({ name }: CertificateRequest): [string, string] {
  return [`${name}.acme.key`, `${name}.acme.pem`];
}
