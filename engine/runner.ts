import { hostname, userInfo } from "node:os";
import { alarm } from "./alarm.ts";
import type { Mode, Programme } from "./compile.ts";
import { Connection } from "./connection.ts";
import { FailedError, UnreachableError } from "./errors.ts";
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
  readonly #aborted: Promise<never>;
  /** A play that stops on failure has failed on a host. */
  #stopped = false;

  constructor(options: RunOptions, report: Report) {
    this.#options = options;
    this.#report = report;
    this.#aborted = rejection(options.signal);
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
      for (const { stage, programmes } of stages) await this.#runStage(stage, programmes, world);
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
    return Promise.race([connection, this.#aborted]);
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
    const all = [...wanted];
    const read = await Promise.all(all.map(([host, list]) => this.#ask(host, list).catch(() => [])));
    read.forEach((outputs, index) => {
      const [host, list] = all[index] as (typeof all)[number];
      for (const { n, text } of outputs) understand(host, list[n], text, facts);
    });
    return facts;
  }

  /** What a host prints for each fact; one that falls silent is not waited for. */
  async #ask(host: Host, wanted: readonly Fact<unknown>[]): Promise<{ n: number; text: string }[]> {
    const connection = await this.#connect(host);
    const outputs: { n: number; text: string }[] = [];
    const heard = alarm(FACT_PATIENCE);
    const running = connection.run(compileFacts(wanted), (line) => {
      heard.reset();
      const signal = parseSignal(line);
      if (signal?.word === "fact") outputs.push(signal);
    });
    await Promise.race([running, heard.rings]).finally(() => heard.stop());
    return outputs;
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
      member.connection = await this.#connect(member.host);
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

const NONE = { ok: 0, changed: 0, unknown: 0, failed: 0, skipped: 0 };

/** How long a host may be silent while its facts are read, in milliseconds. */
const FACT_PATIENCE = 60_000;

function understand(host: Host, fact: Fact<unknown> | undefined, output: string, facts: Facts): void {
  if (!fact) return;
  try {
    facts.set(host.name, fact.name, fact.parse(output));
  } catch (error) {
    throw new FailedError(
      `the fact ${fact.name} of ${host.name} could not be understood: ${(error as Error).message}`,
    );
  }
}

/** Rejects when a signal fires. */
function rejection(signal: AbortSignal | undefined): Promise<never> {
  const rejects = new Promise<never>((_, reject) => {
    const interrupt = () => reject(new UnreachableError("interrupted"));
    if (signal?.aborted) interrupt();
    else signal?.addEventListener("abort", interrupt, { once: true });
  });
  rejects.catch(() => undefined);
  return rejects;
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
