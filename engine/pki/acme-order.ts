import type { KeyObject } from "node:crypto";
import { Agent } from "node:https";
import type { CertificateRequest } from "../model/certificate.ts";
import { rejectOnAbort } from "../util/abort.ts";
import type { AcmeServer } from "./acme-settings.ts";
import { pemOf } from "./pem.ts";

export interface OrderOptions {
  readonly server: AcmeServer;
  /** The key of the account, which is made if the server has none. */
  readonly account: KeyObject;
  /** The key of the certificate. */
  readonly key: KeyObject;
  readonly request: CertificateRequest;
  /** Gives the order up when it fires. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Orders a certificate, whose names answer the server's challenges by themselves: PEM, the leaf first. Takes 90 seconds
 * at most. Throws an Error in the server's own words, or that says what stood in the way.
 */
export async function order({ server, account, key, request, signal }: OrderOptions): Promise<string> {
  const { Client, axios, crypto } = await import("acme-client");
  const late = AbortSignal.timeout(SECONDS * 1000);
  const end = signal ? AbortSignal.any([late, signal]) : late;
  // What the library knows of HTTP it keeps for all its clients at once, and hands none of it to us otherwise.
  Object.assign(axios.defaults, {
    httpsAgent: new Agent({ ca: server.authorities }),
    signal: end,
  });
  // Its own attempts again wait for as long as the server likes, and forget why nobody answered.
  axios.interceptors.response.clear();
  axios.interceptors.response.use(null, (error) => error.response ?? Promise.reject(error));
  const client = new Client({ directoryUrl: server.directory, accountKey: pemOf(account), ...POLLS });
  const ended = rejectOnAbort(
    end,
    () => new Error(late.aborted ? `no certificate within ${SECONDS} s` : "interrupted"),
  );
  const ordering = async () => {
    const [, csr] = await crypto.createCsr({ altNames: [...request.dns] }, pemOf(key));
    // An account that is there already would be updated, with nothing new when there is no address: servers refuse that.
    if (!server.email) await client.createAccount({ onlyReturnExisting: true }).catch(() => undefined);
    return client.auto({ ...AUTO, csr, ...(server.email ? { email: server.email } : {}) });
  };
  return Promise.race([ordering(), ended]).catch((error) => {
    throw new Error(words(error));
  });
}

// --- internal ---

const SECONDS = 90;

/** After 1, 2, 4 s and then every 5 s, for as long as an order may take. */
const POLLS = { backoffAttempts: 21, backoffMin: 1000, backoffMax: 5000 };

/** The names answer challenges all the time, and have been asked just now whether they do. */
const AUTO = {
  termsOfServiceAgreed: true,
  challengePriority: ["http-01"],
  challengeCreateFn: async () => undefined,
  challengeRemoveFn: async () => undefined,
  skipChallengeVerification: true,
};

/** One line: these are somebody else's words, on the way to a terminal. */
function words(error: NodeJS.ErrnoException): string {
  const said = error.message || error.code || "no reason given";
  return said
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .slice(0, 500);
}
