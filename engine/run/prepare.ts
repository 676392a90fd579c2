import type { Inventory } from "../model/inventory/index.ts";
import { type Site, type Stage, stagesOf } from "../model/play.ts";
import type { Role } from "../model/role.ts";
import { type Assignment, assignmentsOf } from "../model/selection.ts";
import { type PlanInputs, planInputs } from "../plan/context.ts";
import { hostPlanFor } from "../plan/host-plan.ts";
import { type CompiledPlan, compile, type Mode } from "../program/compile.ts";
import { FailedError, RefusedError, UnsureError } from "../util/errors.ts";
import type { RunEvent } from "./events.ts";
import { readFacts } from "./facts.ts";
import { readInputs } from "./inputs.ts";
import type { Sessions } from "./sessions.ts";

export interface RunOptions {
  readonly inventory: Inventory;
  readonly site: Site;
  readonly mode: Mode["mode"];
  readonly limit?: string | undefined;
  /** Names of roles; all when empty. */
  readonly roles?: readonly string[];
  /** At most so many hosts at a time, in every stage. */
  readonly serial?: number | undefined;
  /** Seconds to wait for other runs to end. @default 0 */
  readonly lockWait?: number | undefined;
  /** Seconds after which a host that says nothing is given up. By default 1200, or sixty times its `ssh.patience`. */
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
  readonly stages: readonly PreparedStage[];
  /** Why a host is left alone, though it may well be reached. */
  readonly doubts: ReadonlyMap<string, string>;
}

export interface PreparedStage {
  readonly stage: Stage;
  readonly hostPlans: HostPlans;
  /**
   * What its hosts are to be by facts that are read now: one that was read when the run began may be over, as when another
   * database has become the primary. Reads nothing if no role of the stage depends on a fact.
   */
  readonly again: () => Promise<Pick<Prepared, "doubts"> & { readonly hostPlans: HostPlans }>;
}

/**
 * Reads facts, secrets and certificates, builds what hosts are sent, and compiles what each is to be. Facts are read when
 * `ready` resolves: while the hosts are locked. With nobody to report to, a run that is only printed, it orders no
 * certificate.
 */
export async function prepare(
  options: RunOptions,
  site: Site,
  assignments: readonly Assignment[],
  sessions: Sessions,
  ready: Promise<unknown>,
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
  const factsFor = (of: readonly Assignment[]) =>
    readFacts(rolesOfAll(of), inventory, (host) => sessions.runner(host));
  const [facts, blobs, certificates] = await Promise.all([
    ready.then(() => factsFor(assignments)),
    build(rolesOfAll(assignments)),
    given.certificates,
  ]);
  const inputs = planInputs({ ...given, site: options.site, inventory, facts, blobs, certificates });
  const doubts = new Map<string, string>();
  const stages = stagesOf(site).map((stage): PreparedStage => {
    const here = assignmentsOf(stage.plays, hosts, inventory);
    const hostPlans = compileAll(here, inputs, doubts);
    const again = async () => {
      const known = rolesOfAll(here).some((role) => role.facts) ? await factsFor(here) : undefined;
      if (!known) return { hostPlans, doubts };
      const changed = new Map<string, string>();
      const fresh = planInputs({
        ...given,
        site: options.site,
        inventory,
        facts: known,
        blobs,
        certificates,
      });
      return { hostPlans: compileAll(here, fresh, changed, RefusedError), doubts: changed };
    };
    return { stage, hostPlans, again };
  });
  return { inputs, stages, doubts };
}

// --- internal ---

/**
 * Compiles each host's plan. If a role throws UnsureError (or `doubtful`, once hosts have begun), the host gets an empty
 * plan, and the reason goes into `doubts`.
 */
function compileAll(
  assignments: readonly Assignment[],
  inputs: PlanInputs,
  doubts: Map<string, string>,
  doubtful: typeof RefusedError | typeof UnsureError = UnsureError,
): HostPlans {
  const compiledFor = ({ host, roles }: Assignment): CompiledPlan => {
    try {
      return compile(hostPlanFor(host, roles, inputs));
    } catch (error) {
      if (!(error instanceof UnsureError || error instanceof doubtful)) throw error;
      doubts.set(host.name, error.message);
      return compile({ resources: [], handlers: [] });
    }
  };
  return new Map(assignments.map((one) => [one.host.name, compiledFor(one)]));
}

/** Each role of the hosts once. */
function rolesOfAll(assignments: readonly Assignment[]): Role[] {
  return [...new Map(assignments.flatMap(({ roles }) => roles.map((role) => [role.name, role]))).values()];
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
