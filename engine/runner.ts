import { hostname, userInfo } from "node:os";
import type { Mode, Programme } from "./compile.ts";
import type { Connection } from "./connection.ts";
import { Connections } from "./connections.ts";
import { FailedError, UnsureError } from "./errors.ts";
import type { HostResult, RunEvent } from "./events.ts";
import { readFacts } from "./fact-reading.ts";
import type { Host, Inventory } from "./inventory.ts";
import { limited } from "./limit.ts";
import { programmeFor, requireGroups, rolesOf, type World, withRoles } from "./plan.ts";
import { type Site, type Stage, stagesOf } from "./play.ts";
import type { Role } from "./role.ts";
import { readSecrets } from "./secrets.ts";
import { Session } from "./session.ts";

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

type Report = (event: RunEvent) => void;

/** What a host has got so far: its connection or why there is none, and its results over all stages. */
interface Member {
  readonly host: Host;
  connection?: Connection;
  outcome: HostResult["outcome"];
  counts: Pick<HostResult, "ok" | "changed" | "unknown" | "failed" | "skipped">;
  readonly began: number;
  ended: number;
}

/** Everything compiled, nothing begun: what each host is to be in each stage. */
export interface Plan {
  readonly world: World;
  readonly stages: readonly { readonly stage: Stage; readonly programmes: ReadonlyMap<string, Programme> }[];
}

/** Makes the hosts what the site says, or with mode `check` tells what would change. Answers the exit code of design §1. */
export async function provision(options: RunOptions, report: Report): Promise<number> {
  return new Run(options, report).go();
}

/** Connects, reads facts and compiles, then hands the plan over and hangs up. For printing programs. */
export async function plan(options: RunOptions, report: Report): Promise<Plan> {
  return new Run(options, report).planOnly();
}

// --- internal ---

class Run {
  readonly #options: RunOptions;
  readonly #report: Report;
  readonly #site: Site;
  readonly #members: Member[];
  readonly #connections: Connections;
  readonly #began = Date.now();
  /** Why a host is left alone, though it may well be reached. */
  readonly #doubts = new Map<Host, string>();
  /** A play that stops on failure has failed on a host. */
  #stopped = false;

  constructor(options: RunOptions, report: Report) {
    this.#options = options;
    this.#report = report;
    this.#connections = new Connections(options.signal, (host, ms) =>
      report({ type: "connected", host: host.name, ms }),
    );
    requireGroups(options.site, options.inventory);
    this.#site = withRoles(options.site, options.roles ?? []);
    const hosts = limited(options.inventory, options.limit);
    const concerned = hosts.filter(
      (host) => rolesOf({ plays: this.#site }, host, options.inventory).length > 0,
    );
    this.#members = concerned.map((host) => ({
      host,
      outcome: "not begun",
      counts: NONE,
      began: Date.now(),
      ended: Date.now(),
    }));
  }

  async planOnly(): Promise<Plan> {
    try {
      return await this.#plan();
    } finally {
      await this.#connections.close();
    }
  }

  async go(): Promise<number> {
    const { mode } = this.#options;
    const hosts = this.#members.map(({ host }) => host.name);
    const roles = [...new Set(this.#site.flatMap((play) => play.roles.map(({ name }) => name)))];
    const run = new Date(this.#began).toISOString().replaceAll(/[-:]|\.\d+Z$/g, "");
    this.#report({ type: "begin", run, mode, hosts, roles, inventory: this.#options.inventory.file });
    try {
      const { stages, world } = await this.#plan();
      for (const { stage, programmes } of stages) await this.#runStage(stage, programmes, world);
      return this.#end();
    } finally {
      await this.#connections.close();
    }
  }

  async #plan(): Promise<Plan> {
    const { inventory, secretsFile = ".env" } = this.#options;
    const roles = new Map(
      this.#members
        .flatMap(({ host }) => rolesOf({ plays: this.#site }, host, inventory))
        .map((role) => [role.name, role]),
    );
    const secrets = readSecrets(
      secretsFile,
      Object.assign({}, ...[...roles.values()].map((role) => role.secrets ?? {})),
      { keep: this.#options.mode === "apply" },
    );
    for (const { host } of this.#members) this.#connections.to(host);
    const [facts, blobs] = await Promise.all([
      readFacts([...roles.values()], inventory, (host) => this.#connections.to(host)),
      prepare([...roles.values()]),
    ]);
    const world: World = { inventory, facts, secrets, blobs };
    const stages = stagesOf(this.#site).map((stage) => ({
      stage,
      programmes: new Map(this.#members.flatMap(({ host }) => this.#programme(stage, host, world))),
    }));
    return { world, stages };
  }

  #programme(stage: Stage, host: Host, world: World): [string, Programme][] {
    const roles = rolesOf(stage, host, world.inventory);
    if (roles.length === 0) return [];
    try {
      return [[host.name, programmeFor(host, roles, world)]];
    } catch (error) {
      if (!(error instanceof UnsureError)) throw error;
      this.#doubts.set(host, error.message);
      return [[host.name, { resources: [], handlers: [] }]];
    }
  }

  async #runStage(stage: Stage, programmes: ReadonlyMap<string, Programme>, world: World): Promise<void> {
    const members = this.#members.filter(({ host }) => programmes.has(host.name));
    const most = Math.min(stage.serial, this.#options.serial ?? members.length, members.length);
    const size = Math.max(1, most);
    for (let at = 0; at < members.length; at += size) {
      const batch = members.slice(at, at + size);
      await Promise.all(
        batch.map((member) => this.#turn(member, programmes.get(member.host.name) as Programme, world)),
      );
      this.#stopped ||= stage.stopOnFailure && batch.some(({ outcome }) => outcome !== "done");
    }
  }

  /** A host's turn in a stage, which it may have lost: by its own failure, by another's, or by Ctrl-C. */
  async #turn(member: Member, programme: Programme, world: World): Promise<void> {
    const fit = member.outcome === "not begun" || member.outcome === "done";
    if (fit && !this.#stopped && !this.#options.signal?.aborted)
      return this.#runHost(member, programme, world);
    if (fit) member.outcome = "not begun";
    member.counts = add(member.counts, { ...NONE, skipped: programme.resources.length });
  }

  async #runHost(member: Member, programme: Programme, world: World): Promise<void> {
    const { mode, lockWait = 0, silence = 1200 } = this.#options;
    const who = `${userInfo().username}@${hostname()}, process ${process.pid}, since ${new Date(this.#began).toISOString()}`;
    const host = member.host.name;
    const session = new Session(host, programme, world.secrets.values(), this.#report);
    try {
      member.connection = await this.#connections.to(member.host);
      const problem = this.#doubts.get(member.host);
      if (problem !== undefined) {
        member.outcome = "refused";
        return this.#report({ type: "refused", host, problem });
      }
      member.outcome = await session.run(
        member.connection,
        { mode, who, lockWait },
        (silence + lockWait) * 1000,
      );
    } catch (error) {
      this.#giveUp(member, (error as Error).message);
    }
    member.counts = add(member.counts, session.counts());
    member.ended = Date.now();
  }

  #giveUp(member: Member, problem: string): void {
    const { connection, host } = member;
    const interrupted = this.#options.signal?.aborted === true;
    connection?.close();
    if (interrupted && !connection) return;
    member.outcome = connection ? "lost" : "unreachable";
    this.#report({
      type: member.outcome,
      host: host.name,
      problem: interrupted ? "interrupted; it stops before its next resource" : problem,
    });
  }

  #end(): number {
    const hosts = this.#members.map(
      ({ host, outcome, counts, connection, began, ended }): HostResult => ({
        host: host.name,
        ...counts,
        outcome,
        execs: connection?.execs ?? 0,
        ms: ended - began,
      }),
    );
    const exitCode = this.#options.signal?.aborted ? 130 : exitCodeOf(hosts, this.#options.mode);
    this.#report({ type: "end", hosts, ms: Date.now() - this.#began, exitCode });
    return exitCode;
  }
}

const NONE = { ok: 0, changed: 0, unknown: 0, failed: 0, skipped: 0 };

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

function exitCodeOf(hosts: readonly HostResult[], mode: Mode["mode"]): number {
  const any = (...outcomes: HostResult["outcome"][]) =>
    hosts.some(({ outcome }) => outcomes.includes(outcome));
  if (any("failed", "refused")) return 3;
  if (any("unreachable", "lost")) return 4;
  if (any("locked")) return 5;
  if (any("not begun")) return 3;
  return mode === "check" && hosts.some(({ changed, unknown }) => changed + unknown > 0) ? 2 : 0;
}

function add(a: Member["counts"], b: Member["counts"]): Member["counts"] {
  return {
    ok: a.ok + b.ok,
    changed: a.changed + b.changed,
    unknown: a.unknown + b.unknown,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}
