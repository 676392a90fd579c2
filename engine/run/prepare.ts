import type { Inventory } from "../model/inventory/index.ts";
import { type Site, type Stage, stagesOf } from "../model/play.ts";
import type { Role } from "../model/role.ts";
import { type Assignment, assignmentsOf } from "../model/selection.ts";
import { type PlanInputs, planInputs } from "../plan/context.ts";
import { hostPlanFor } from "../plan/host-plan.ts";
import { type CompiledPlan, compile, type Mode } from "../program/compile.ts";
import type { Connections } from "../ssh/connections.ts";
import { FailedError, UnsureError } from "../util/errors.ts";
import type { RunEvent } from "./events.ts";
import { readFacts } from "./facts.ts";
import { readInputs } from "./inputs.ts";

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
export type HostPlans = ReadonlyMap<string, CompiledPlan>;

/** Everything compiled, nothing begun: what each host is to be in each stage. */
export interface Prepared {
  readonly inputs: PlanInputs;
  readonly stages: readonly { readonly stage: Stage; readonly hostPlans: HostPlans }[];
  /** Why a host is left alone, though it may well be reached. */
  readonly doubts: ReadonlyMap<string, string>;
}

/**
 * Reads facts, secrets and certificates, builds what hosts are sent, and compiles what each is to be. Connects to all of them.
 * With nobody to report to, a run that is only printed, it orders no certificate.
 */
export async function prepare(
  options: RunOptions,
  site: Site,
  assignments: readonly Assignment[],
  connections: Connections,
  report?: (event: RunEvent) => void,
): Promise<Prepared> {
  const { inventory, mode } = options;
  const given = readInputs(assignments, {
    inventory,
    secretsFile: options.secretsFile,
    keep: mode === "apply",
    orders: mode === "apply" && report !== undefined,
    signal: options.signal,
    report: (type, text) => report?.({ type, text }),
  });
  const hosts = assignments.map(({ host }) => host);
  const roles = [
    ...new Map(assignments.flatMap(({ roles }) => roles.map((role) => [role.name, role]))).values(),
  ];
  for (const host of hosts) connections.to(host);
  const [facts, blobs, certificates] = await Promise.all([
    readFacts(roles, inventory, (host) => connections.to(host)),
    build(roles),
    given.certificates,
  ]);
  const inputs = planInputs({ ...given, site: options.site, inventory, facts, blobs, certificates });
  const doubts = new Map<string, string>();
  const stages = stagesOf(site).map((stage) => {
    const here = assignmentsOf(stage.plays, hosts, inventory);
    return {
      stage,
      hostPlans: new Map(here.map((one) => [one.host.name, compiledFor(one, inputs, doubts)])),
    };
  });
  return { inputs, stages, doubts };
}

// --- internal ---

/** A host of which nobody can tell now what it is to be gets an empty plan, and a doubt. */
function compiledFor(
  { host, roles }: Assignment,
  inputs: PlanInputs,
  doubts: Map<string, string>,
): CompiledPlan {
  try {
    return compile(hostPlanFor(host, roles, inputs));
  } catch (error) {
    if (!(error instanceof UnsureError)) throw error;
    doubts.set(host.name, error.message);
    return compile({ resources: [], handlers: [] });
  }
}

/** Builds what roles send to hosts, all at once. */
async function build(roles: readonly Role[]): Promise<PlanInputs["blobs"]> {
  const built = await Promise.all(
    roles.map(async ({ name, build }) => {
      if (!build) return [];
      try {
        return [[name, await build()] as const];
      } catch (error) {
        throw new FailedError(`role ${name} could not be built on this machine: ${(error as Error).message}`);
      }
    }),
  );
  return new Map(built.flat());
}
