import type { KeyObject } from "node:crypto";
import type { Certificate, CertificateRequest } from "../model/certificate.ts";
import { RefusedError } from "../util/errors.ts";
import { type Place, thumbprintOf, whyUnanswered } from "./acme-challenge.ts";
import { assembled, keep, readKept } from "./acme-files.ts";
import type { AcmeServer } from "./acme-settings.ts";
import { newKey } from "./issue.ts";
import { p256KeyIn, pemOf } from "./pem.ts";
import type { Store } from "./store.ts";

export interface AcmeOptions {
  /** ACME servers by names of certificates. */
  readonly servers: Readonly<Record<string, AcmeServer>>;
  /** Where the site answers challenges. */
  readonly place: Place;
  /** Whether missing certificates are ordered. If not, nobody is asked, and the folder's are used. @default false */
  readonly orders?: boolean;
  /** Gives up an order when it fires. */
  readonly signal?: AbortSignal | undefined;
  /** Is told what is done about a certificate, and what the user should do. */
  readonly report?: ((type: "notice" | "warning", text: string) => void) | undefined;
}

/** The certificates from ACME servers. For a missing one the site's own CA steps in. */
export interface FromAcme {
  readonly certificates: ReadonlyMap<string, Certificate>;
  /** What balancers answer challenges with, as in `Certificate`. */
  readonly challenge: string;
}

/**
 * Certificates from ACME servers. The folder's is used if it is for the right names, is from the right server and has a
 * third of its life left. Otherwise a new one is ordered, if the site answers for its names already. If that fails, the
 * folder's is used for as long as it is valid. A failure is reported and never thrown, because the ACME server may be
 * down. Throws RefusedError for a file in the folder that cannot be used.
 */
export async function readAcme(
  store: Store,
  requests: readonly CertificateRequest[],
  options: AcmeOptions,
  now: Date,
): Promise<FromAcme> {
  const account = accountKey(store);
  const certificates = new Map<string, Certificate>();
  for (const request of requests) {
    const server = options.servers[request.name];
    const found = server && (await readOne({ store, request, server, account, options, now }));
    if (found) certificates.set(request.name, found);
  }
  return { certificates, challenge: thumbprintOf(account) };
}

// --- internal ---

const ACCOUNT = "acme.key";

interface Wanted {
  readonly store: Store;
  readonly request: CertificateRequest;
  readonly server: AcmeServer;
  readonly account: KeyObject;
  readonly options: AcmeOptions;
  readonly now: Date;
}

function accountKey(store: Store): KeyObject {
  return p256KeyIn(
    store.read(ACCOUNT) ?? store.claim(ACCOUNT, pemOf(newKey())),
    (found) =>
      new RefusedError(
        `${store.path(ACCOUNT)}: found ${found}; expected the P-256 key of an ACME account in PEM; put it back from a backup, or remove it: the next run makes another account`,
      ),
  );
}

async function readOne(wanted: Wanted): Promise<Certificate | undefined> {
  const { store, request, server, options, now } = wanted;
  const kept = readKept(store, request, server, now);
  if (kept?.good) return kept.certificate;
  const report = (type: "notice" | "warning", text: string) =>
    options.report?.(type, `certificate ${request.name}: ${text}`);
  const until = kept?.certificate.expires.toISOString().slice(0, 10);
  const meanwhile = until
    ? `the one that is valid until ${until} stays in use`
    : "one of the project's own CA is used";
  if (!options.orders) {
    report("notice", `${meanwhile}; npm run provision orders another one from ${server.directory}`);
    return kept?.certificate;
  }
  try {
    return await orderOne(wanted, (text) => report("notice", text));
  } catch (error) {
    if (!(error instanceof NotIssued)) throw error;
    report("warning", `${meanwhile}, since ${error.message}`);
    return kept?.certificate;
  }
}

/** Why there is no new certificate, and what to do about it. */
class NotIssued extends Error {}

async function orderOne(
  { store, request, server, account, options }: Wanted,
  say: (text: string) => void,
): Promise<Certificate> {
  const { directory } = server;
  const [host = ""] = request.dns;
  const silence = await whyUnanswered(options.place, host, thumbprintOf(account));
  if (silence !== undefined)
    throw new NotIssued(
      `the site does not answer ACME challenges (${silence}); run npm run provision again: the balancers answer for it now`,
    );
  say(`asking ${directory}`);
  // Loaded only here, because it loads a large library.
  const { order } = await import("./acme-order.ts");
  const key = newKey();
  const [pem, certificate] = await order({ server, account, key, request, signal: options.signal })
    .then((pem) => [pem, assembled(request, server, pem, key)] as const)
    .catch((error) => {
      throw new NotIssued(
        `${directory} gave none: ${error.message}; run npm run provision again when that is fixed`,
      );
    });
  keep(store, request, server, pem, key);
  return certificate;
}
