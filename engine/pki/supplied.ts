import type { X509Certificate } from "node:crypto";
import type { Certificate, CertificateRequest } from "../model/certificate.ts";
import type { Env } from "../util/env.ts";
import { UsageError } from "../util/errors.ts";
import { certificateFrom, uncovered } from "./chain.ts";
import { contentOf, expand, prefixOf } from "./env.ts";
import { certificatesIn, keyIn, untimely } from "./pem.ts";

/** Paths of PEM files: the chain, leaf first and each followed by its issuer's, and the leaf's key. */
export interface SuppliedFiles {
  readonly certificate: string;
  readonly key: string;
}

/**
 * The user's own certificates that `.env` names: `SITE_CERTIFICATE` and `SITE_CERTIFICATE_KEY` for the one named
 * "site". Throws UsageError if only one of the two is given.
 */
export function suppliedIn(
  { file, variables: env }: Env,
  requests: readonly CertificateRequest[],
): Record<string, SuppliedFiles> {
  const found = requests.flatMap((request): [string, SuppliedFiles][] => {
    const variable = `${prefixOf(request)}_CERTIFICATE`;
    const [certificate, key] = [env[variable], env[`${variable}_KEY`]];
    if (certificate && key) return [[request.name, { certificate: expand(certificate), key: expand(key) }]];
    if (!certificate && !key) return [];
    throw new UsageError(
      `${file} › ${variable}: found ${certificate ? "a certificate without its key" : "a key without its certificate"}; expected both, ${variable} and ${variable}_KEY, as paths of PEM files`,
    );
  });
  return Object.fromEntries(found);
}

/**
 * Reads the user's own certificate and its key. A root at the end of the chain becomes its `authority`. Throws
 * UsageError naming the file if it cannot be read, if the two do not belong together, or if clients would refuse them.
 */
export function readSupplied(request: CertificateRequest, files: SuppliedFiles, now: Date): Certificate {
  const { name, dns, addresses } = request;
  const refuse = (file: string, expected: string) => (found: string) =>
    new UsageError(`${file} (certificate ${name}): found ${found}; expected ${expected}`);
  const wrong = refuse(
    files.certificate,
    `a certificate for ${[...dns, ...addresses].join(", ")}, valid now`,
  );
  const source = contentOf(
    files.certificate,
    refuse(files.certificate, "certificates in PEM, the leaf first"),
  );
  const chain = certificatesIn(source, refuse(files.certificate, "certificates in PEM, the leaf first"));
  const [leaf] = chain;
  const wrongKey = refuse(files.key, `the key of ${files.certificate} in PEM, without a passphrase`);
  const key = keyIn(contentOf(files.key, wrongKey), wrongKey);
  if (!leaf.checkPrivateKey(key)) throw wrongKey("the key of another certificate");
  for (const one of chain) {
    const why = untimely(one, now);
    if (why !== undefined) throw wrong(`that ${nameOf(one)} ${why}`);
  }
  requireOrder(chain, refuse(files.certificate, "the leaf first, each followed by the one that issued it"));
  const strange = uncovered(leaf, request);
  if (strange.length > 0)
    throw wrong(`one that is not for ${strange.join(", ")} (${leaf.subjectAltName ?? "it has no names"})`);
  return certificateFrom(name, chain, key);
}

// --- internal ---

function requireOrder(chain: readonly X509Certificate[], refuse: (found: string) => Error): void {
  chain.forEach((one, at) => {
    const issuer = chain[at + 1];
    if (issuer && !(one.checkIssued(issuer) && one.verify(issuer.publicKey)))
      throw refuse(`${nameOf(one)} and then ${nameOf(issuer)}, which has not issued it`);
  });
}

/** The subject in one line: `CN=www.foobar.com`. */
function nameOf({ subject }: X509Certificate): string {
  return (subject ?? "one without a subject").replaceAll("\n", ", ");
}
