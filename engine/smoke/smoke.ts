import { keySecrets } from "../model/certificate.ts";
import { Facts } from "../model/fact.ts";
import { hostsIn, type Inventory } from "../model/inventory/index.ts";
import type { Site } from "../model/play.ts";
import { withRoles } from "../model/selection.ts";
import type { Probe, Verification } from "../model/smoke-test.ts";
import { acmeIn } from "../pki/acme-settings.ts";
import { PKI, readCertificates } from "../pki/certificates.ts";
import { givenIn } from "../pki/supplied.ts";
import { constraintsOf, requestsOf } from "../plan/certificate-requests.ts";
import { contextOf } from "../plan/context.ts";
import { readSecrets } from "../run/secrets.ts";
import { redact } from "../template/secret.ts";
import { Machines } from "./site-probe.ts";

export interface SmokeResult {
  readonly role: string;
  readonly name: string;
  readonly passed: boolean;
  /** What was seen, or what was seen instead. */
  readonly detail: string;
  readonly ms: number;
}

export interface SmokeOptions {
  readonly inventory: Inventory;
  readonly site: Site;
  readonly roles?: readonly string[];
  /** Leave out what takes a part of the site away for a moment. */
  readonly gentle?: boolean;
  /** @default ".env" */
  readonly secretsFile?: string;
}

/** Asks the finished site what its roles promise, one thing after the other; what disturbs comes last. */
export async function smoke(
  options: SmokeOptions,
  report: (result: SmokeResult) => void,
): Promise<readonly SmokeResult[]> {
  const { inventory, site, secretsFile = ".env" } = options;
  const plays = withRoles(site, options.roles ?? []);
  const roles = plays.flatMap((play) =>
    play.roles.map((role) => ({ role, host: hostsIn(inventory, play.group)[0] })),
  );
  const secrets = readSecrets(
    secretsFile,
    Object.assign({}, ...roles.map(({ role }) => role.secrets ?? {})),
    {
      keep: false,
    },
  );
  const pairs = roles.flatMap(({ role, host }) => (host ? [{ role, host }] : []));
  const requests = requestsOf(pairs, inventory);
  const certificates = await readCertificates(PKI, requests, {
    constraints: constraintsOf(inventory),
    given: givenIn(secretsFile, requests),
    acme: { servers: acmeIn(secretsFile, requests), place: { address: inventory.publicAddress } },
    keep: false,
  });
  const world = { site, inventory, facts: new Facts(), secrets, blobs: new Map(), certificates };
  const all = roles.flatMap(({ role, host }) =>
    host
      ? (role.verifies?.(contextOf(role, host, world)) ?? []).map((verification) => ({
          role: role.name,
          verification,
        }))
      : [],
  );
  const calm = all.filter(({ verification }) => !verification.disturbs);
  const disturbing = options.gentle ? [] : all.filter(({ verification }) => verification.disturbs);
  const authorities = [...new Set([...certificates.values()].map(({ authority }) => authority))].join("\n");
  const machines = new Machines(inventory, secrets, authorities);
  const unsaid = [...secrets.values(), ...keySecrets(certificates.values())];
  const results: SmokeResult[] = [];
  try {
    for (const { role, verification } of [...calm, ...disturbing]) {
      const result = await attempt(role, verification, machines);
      results.push({ ...result, detail: redact(result.detail, unsaid) });
      report(results.at(-1) as SmokeResult);
    }
  } finally {
    await machines.close();
  }
  return results;
}

// --- internal ---

async function attempt(role: string, { name, run }: Verification, probe: Probe): Promise<SmokeResult> {
  const began = Date.now();
  try {
    return { role, name, passed: true, detail: await run(probe), ms: Date.now() - began };
  } catch (error) {
    return { role, name, passed: false, detail: (error as Error).message, ms: Date.now() - began };
  }
}
