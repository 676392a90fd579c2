import { type Certificate, keySecrets } from "../model/certificate.ts";
import type { Inventory } from "../model/inventory/index.ts";
import type { Assignment } from "../model/selection.ts";
import type { AcmeOptions } from "../pki/acme.ts";
import { acmeIn } from "../pki/acme-settings.ts";
import { PKI, readCertificates } from "../pki/certificates.ts";
import { suppliedIn } from "../pki/supplied.ts";
import { constraintsOf, requestsOf } from "../plan/certificate-requests.ts";
import type { Secret } from "../template/secret.ts";
import { readEnv } from "../util/env.ts";
import { readSecrets } from "./secrets.ts";

export interface InputOptions extends Pick<AcmeOptions, "orders" | "signal" | "report"> {
  readonly inventory: Inventory;
  /** @default ".env" */
  readonly secretsFile?: string | undefined;
  /** Whether what is missing is kept when it was made: a plan and a smoke test change nothing. */
  readonly keep: boolean;
}

/** What roles are given of secrets, and the reading of their certificates. */
export interface Inputs {
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly certificates: Promise<ReadonlyMap<string, Certificate>>;
}

/**
 * Reads what the roles of these hosts declare: secrets from `.env`, certificates from `.env`, their folder or a CA. Throws
 * UsageError and CompileError for what cannot be used before anything is asked; `certificates` rejects as readCertificates.
 */
export function readInputs(assignments: readonly Assignment[], options: InputOptions): Inputs {
  const { inventory, secretsFile = ".env", keep, ...acme } = options;
  const env = readEnv(secretsFile);
  const pairs = assignments.flatMap(({ host, roles }) => roles.map((role) => ({ host, role })));
  const names = Object.assign({}, ...pairs.map(({ role }) => role.secrets ?? {}));
  const secrets = readSecrets(env, names, { keep });
  const requests = requestsOf(pairs, inventory);
  const certificates = readCertificates(PKI, requests, {
    constraints: constraintsOf(inventory),
    supplied: suppliedIn(env, requests),
    acme: { ...acme, servers: acmeIn(env, requests), place: { address: inventory.publicAddress } },
    keep,
  });
  certificates.catch(() => undefined);
  return { secrets, certificates };
}

/** All that must not be shown of what a host prints. */
export function confidential(
  secrets: ReadonlyMap<string, Secret>,
  certificates: ReadonlyMap<string, Certificate>,
): readonly Secret[] {
  return [...secrets.values(), ...keySecrets(certificates.values())];
}
