import type { Host, Inventory } from "../model/inventory/index.ts";
import { type Site, type Stage, stagesOf } from "../model/play.ts";
import type { Role } from "../model/role.ts";
import { rolesOf } from "../model/selection.ts";
import { acmeIn } from "../pki/acme-settings.ts";
import { PKI, readCertificates } from "../pki/certificates.ts";
import { givenIn } from "../pki/supplied.ts";
import { constraintsOf, requestsOf } from "../plan/certificate-requests.ts";
import type { World } from "../plan/context.ts";
import { type Programme, programmeFor } from "../plan/host-plan.ts";
import { compiled, type Mode } from "../program/compile.ts";
import type { Connections } from "../ssh/connections.ts";
import { FailedError, UnsureError } from "../util/errors.ts";
import type { RunEvent } from "./events.ts";
import { readFacts } from "./facts.ts";
import { readSecrets } from "./secrets.ts";

export interface RunOptions {
  readonly inventory: Inventory;
  readonly site: Site;
  readonly mode: Mode["mode"];
  readonly limit?: string | undefined;
  /** Names of roles; all when empty. */
  readonly roles?: readonly string[];
  /** At most so many hosts at a time, in every stage. */
  readonly serial?: number | undefined;
  /** Seconds to wait for another run. @default 0 */
  readonly lockWait?: number | undefined;
  /** Seconds after which a host that says nothing is given up. @default 1200 */
  readonly silence?: number | undefined;
  /** @default ".env" */
  readonly secretsFile?: string;
  /** Ends the run when it fires: hosts stop at their next resource. */
  readonly signal?: AbortSignal | undefined;
}

/** What each host is to be, by its name. */
export type Programmes = ReadonlyMap<string, Programme>;

/** Everything compiled, nothing begun: what each host is to be in each stage. */
export interface Plan {
  readonly world: World;
  readonly stages: readonly { readonly stage: Stage; readonly programmes: Programmes }[];
  /** Why a host is left alone, though it may well be reached. */
  readonly doubts: ReadonlyMap<string, string>;
}

/**
 * Reads facts, secrets and certificates, builds what hosts are sent, and compiles what each is to be. Connects to all of them.
 * With nobody to report to, a run that is only printed, it orders no certificate.
 */
export async function planRun(
  options: RunOptions,
  site: Site,
  hosts: readonly Host[],
  connections: Connections,
  report?: (event: RunEvent) => void,
): Promise<Plan> {
  const { inventory, secretsFile = ".env", mode } = options;
  const pairs = hosts.flatMap((host) =>
    rolesOf({ plays: site }, host, inventory).map((role) => ({ role, host })),
  );
  const roles = [...new Map(pairs.map(({ role }) => [role.name, role])).values()];
  const names = Object.assign({}, ...roles.map((role) => role.secrets ?? {}));
  const secrets = readSecrets(secretsFile, names, { keep: mode === "apply" });
  const requests = requestsOf(pairs, inventory);
  for (const host of hosts) connections.to(host);
  const [facts, blobs, certificates] = await Promise.all([
    readFacts(roles, inventory, (host) => connections.to(host)),
    prepare(roles),
    readCertificates(PKI, requests, {
      constraints: constraintsOf(inventory),
      given: givenIn(secretsFile, requests),
      acme: {
        servers: acmeIn(secretsFile, requests),
        place: { address: inventory.publicAddress },
        orders: mode === "apply" && report !== undefined,
        signal: options.signal,
        report: (type, text) => report?.({ type, text }),
      },
      keep: mode === "apply",
    }),
  ]);
  const world: World = { site: options.site, inventory, facts, secrets, blobs, certificates };
  const doubts = new Map<string, string>();
  const stages = stagesOf(site).map((stage) => ({
    stage,
    programmes: new Map(hosts.flatMap((host) => programmeIn(stage, host, world, doubts))),
  }));
  return { world, stages, doubts };
}

// --- internal ---

function programmeIn(
  stage: Stage,
  host: Host,
  world: World,
  doubts: Map<string, string>,
): [string, Programme][] {
  const roles = rolesOf(stage, host, world.inventory);
  if (roles.length === 0) return [];
  try {
    const programme = programmeFor(host, roles, world);
    compiled(programme);
    return [[host.name, programme]];
  } catch (error) {
    if (!(error instanceof UnsureError)) throw error;
    doubts.set(host.name, error.message);
    return [[host.name, { resources: [], handlers: [] }]];
  }
}

/** Builds what roles send to hosts, all at once. */
async function prepare(roles: readonly Role[]): Promise<World["blobs"]> {
  const built = await Promise.all(
    roles.map(async ({ name, prepares }) => {
      if (!prepares) return [];
      try {
        return [[name, await prepares()] as const];
      } catch (error) {
        throw new FailedError(
          `role ${name} could not be prepared on this machine: ${(error as Error).message}`,
        );
      }
    }),
  );
  return new Map(built.flat());
}
