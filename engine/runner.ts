import { hostname, userInfo } from "node:os";
import type { Mode, Programme } from "./compile.ts";
import { Connection } from "./connection.ts";
import { FailedError } from "./errors.ts";
import type { HostResult, RunEvent } from "./events.ts";
import { parseSignal } from "./events.ts";
import { compileFacts, type Fact, Facts } from "./fact.ts";
import { type Host, hostsIn, type Inventory } from "./inventory.ts";
import { limited } from "./limit.ts";
import { programmeFor, requireGroups, rolesOf, type World, withRoles } from "./plan.ts";
import { type Site, type Stage, stagesOf } from "./play.ts";
import type { Role } from "./role.ts";
import { readSecrets } from "./secrets.ts";
import { Session } from "./session.ts";
import { reachOf } from "./ssh-settings.ts";

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
  readonly #connections = new Map<string, Promise<Connection>>();
  readonly #began = Date.now();

  constructor(options: RunOptions, report: Report) {
    this.#options = options;
    this.#report = report;
    requireGroups(options.site, options.inventory);
    this.#site = withRoles(options.site, options.roles ?? []);
    const hosts = limited(options.inventory, options.limit);
    const concerned = hosts.filter(
      (host) => rolesOf({ plays: this.#site }, host, options.inventory).length > 0,
    );
    const none = { ok: 0, changed: 0, unknown: 0, failed: 0, skipped: 0 };
    this.#members = concerned.map((host) => ({
      host,
      outcome: "not begun",
      counts: none,
      began: Date.now(),
      ended: Date.now(),
    }));
  }

  async planOnly(): Promise<Plan> {
    try {
      return await this.#plan();
    } finally {
      await this.#hangUp();
    }
  }

  async go(): Promise<number> {
    const { mode, signal } = this.#options;
    const hosts = this.#members.map(({ host }) => host.name);
    const roles = [...new Set(this.#site.flatMap((play) => play.roles.map(({ name }) => name)))];
    const run = new Date(this.#began).toISOString().replaceAll(/[-:]|\.\d+Z$/g, "");
    this.#report({ type: "begin", run, mode, hosts, roles, inventory: this.#options.inventory.file });
    const interrupt = () => void this.#hangUp();
    signal?.addEventListener("abort", interrupt);
    try {
      const { stages, world } = await this.#plan();
      for (const { stage, programmes } of stages) {
        await this.#runStage(stage, programmes, world);
        if (
          signal?.aborted ||
          (stage.stopOnFailure && this.#members.some(({ outcome }) => outcome !== "done"))
        )
          break;
      }
      return this.#end();
    } finally {
      signal?.removeEventListener("abort", interrupt);
      await this.#hangUp();
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
    );
    for (const { host } of this.#members) this.#connect(host);
    const [facts, blobs] = await Promise.all([
      this.#readFacts([...roles.values()]),
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
    return roles.length === 0 ? [] : [[host.name, programmeFor(host, roles, world)]];
  }

  #connect(host: Host): Promise<Connection> {
    let connection = this.#connections.get(host.name);
    if (!connection) {
      const began = Date.now();
      connection = reachOf(host).then((reach) => Connection.open(reach));
      connection.then(
        () => this.#report({ type: "connected", host: host.name, ms: Date.now() - began }),
        () => undefined,
      );
      this.#connections.set(host.name, connection);
    }
    return connection;
  }

  /** Facts come from every host of the group that a role names, also from those outside of the limit. */
  async #readFacts(roles: readonly Role[]): Promise<Facts> {
    const facts = new Facts();
    const wanted = new Map<Host, Fact<unknown>[]>();
    for (const { reads } of roles) {
      if (!reads) continue;
      for (const host of hostsIn(this.#options.inventory, reads.group))
        wanted.set(host, [...(wanted.get(host) ?? []), ...reads.facts]);
    }
    await Promise.all(
      [...wanted].map(([host, list]) => this.#readFactsOf(host, list, facts).catch(() => undefined)),
    );
    return facts;
  }

  async #readFactsOf(host: Host, wanted: readonly Fact<unknown>[], facts: Facts): Promise<void> {
    const connection = await this.#connect(host);
    await connection.run(compileFacts(wanted), (line) => {
      const signal = parseSignal(line);
      const fact = signal?.word === "fact" ? wanted[signal.n] : undefined;
      if (signal?.word === "fact" && fact) facts.set(host.name, fact.name, fact.parse(signal.text));
    });
  }

  async #runStage(stage: Stage, programmes: ReadonlyMap<string, Programme>, world: World): Promise<void> {
    const waiting = this.#members.filter(
      ({ host, outcome }) => programmes.has(host.name) && (outcome === "not begun" || outcome === "done"),
    );
    const size = Math.min(
      stage.serial,
      this.#options.serial ?? Number.POSITIVE_INFINITY,
      waiting.length || 1,
    );
    for (let at = 0; at < waiting.length && !this.#options.signal?.aborted; at += size) {
      const batch = waiting.slice(at, at + size);
      await Promise.all(
        batch.map((member) => this.#runHost(member, programmes.get(member.host.name) as Programme, world)),
      );
    }
  }

  async #runHost(member: Member, programme: Programme, world: World): Promise<void> {
    const { mode, lockWait = 0, silence = 1200 } = this.#options;
    const who = `${userInfo().username}@${hostname()}, process ${process.pid}, since ${new Date(this.#began).toISOString()}`;
    const host = member.host.name;
    const session = new Session(host, programme, world.secrets.values(), this.#report);
    try {
      member.connection = await this.#connect(member.host);
      member.outcome = await session.run(
        member.connection,
        { mode, who, lockWait },
        (silence + lockWait) * 1000,
      );
    } catch (error) {
      member.outcome = member.connection ? "lost" : "unreachable";
      this.#report({ type: member.outcome, host, problem: (error as Error).message });
      member.connection?.close();
    }
    member.counts = add(member.counts, session.counts());
    member.ended = Date.now();
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

  async #hangUp(): Promise<void> {
    for (const connection of this.#connections.values()) {
      connection.then(
        (open) => open.close(),
        () => undefined,
      );
    }
    await Promise.allSettled(this.#options.signal?.aborted ? [] : this.#connections.values());
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
