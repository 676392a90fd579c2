import type { KeyObject } from "node:crypto";
import { Agent } from "node:https";
import type { CertificateRequest } from "../model/certificate.ts";
import { rejectOnAbort } from "../util/abort.ts";
import type { AcmeServer } from "./acme-settings.ts";
import { pemOf } from "./pem.ts";

export interface OrderOptions {
  readonly server: AcmeServer;
  /** Key of the account. If the server has no such account, it is made. */
  readonly account: KeyObject;
  /** The key of the certificate. */
  readonly key: KeyObject;
  readonly request: CertificateRequest;
  /** Gives up the order when it fires. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Orders a certificate and returns it as PEM, the leaf first. Its names must answer the server's challenges already.
 * Takes 90 seconds at most. Throws an Error in the server's own words, or one that says what went wrong.
 */
export async function order({ server, account, key, request, signal }: OrderOptions): Promise<string> {
  const { Client, axios, crypto } = await import("acme-client");
  const late = AbortSignal.timeout(SECONDS * 1000);
  const end = signal ? AbortSignal.any([late, signal]) : late;
  // The library keeps its HTTP settings in one place for all clients, and offers no other way to change them.
  Object.assign(axios.defaults, {
    httpsAgent: new Agent({ ca: server.authorities }),
    signal: end,
  });
  // The library's own retries wait for as long as the server likes, and they lose the reason why nobody answered.
  axios.interceptors.response.clear();
  axios.interceptors.response.use(null, (error) => error.response ?? Promise.reject(error));
  const client = new Client({ directoryUrl: server.directory, accountKey: pemOf(account), ...POLLS });
  const ended = rejectOnAbort(
    end,
    () => new Error(late.aborted ? `no certificate within ${SECONDS} s` : "interrupted"),
  );
  const ordering = async () => {
    const [, csr] = await crypto.createCsr({ altNames: [...request.dns] }, pemOf(key));
    // The order below would update an existing account, and without an e-mail address the update is empty: servers
    // refuse that. So the account is looked up first.
    if (!server.email) await client.createAccount({ onlyReturnExisting: true }).catch(() => undefined);
    return client.auto({ ...AUTO, csr, ...(server.email ? { email: server.email } : {}) });
  };
  return Promise.race([ordering(), ended]).catch((error) => {
    throw new Error(words(error));
  });
}

// --- internal ---

const SECONDS = 90;

/** Asks again after 1, 2 and 4 s, then every 5 s, for as long as an order may take. */
const POLLS = { backoffAttempts: 21, backoffMin: 1000, backoffMax: 5000 };

/** Nothing is set up for a challenge: the names answer challenges all the time, which has just been tried. */
const AUTO = {
  termsOfServiceAgreed: true,
  challengePriority: ["http-01"],
  challengeCreateFn: async () => undefined,
  challengeRemoveFn: async () => undefined,
  skipChallengeVerification: true,
};

/** The error in one line without control characters: somebody else's words go to a terminal here. */
function words(error: NodeJS.ErrnoException): string {
  const said = error.message || error.code || "no reason given";
  return said
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .slice(0, 500);
}
