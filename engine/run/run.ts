import type { Site } from "../model/play.ts";
import {
  type Assignment,
  assignmentsOf,
  limited,
  requireGroups,
  requireUse,
  withRoles,
} from "../model/selection.ts";
import type { CompiledPlan } from "../program/compile.ts";
import { Connections } from "../ssh/connections.ts";
import { beginOf } from "./begin.ts";
import type { RunEvent } from "./events.ts";
import { HostRun } from "./host-run.ts";
import { confidential } from "./inputs.ts";
import { keepAll } from "./keep.ts";
import { strangers } from "./left-marks.ts";
import { lockAll } from "./locking.ts";
import { type Member, memberFor, resultOf, type Turn } from "./member.ts";
import { add, exitCodeOf, NONE } from "./outcome.ts";
import { workPatienceOf } from "./patience.ts";
import { planned } from "./planned.ts";
import { type Prepared, type PreparedStage, prepare, type RunOptions } from "./prepare.ts";
import { Sessions } from "./sessions.ts";

export type { RunOptions } from "./prepare.ts";

type Report = (event: RunEvent) => void;

/** Makes the hosts what the site says, or with mode `check` tells what would change. Answers the exit code (docs/use/commands.md). */
export async function provision(options: RunOptions, report: Report): Promise<number> {
  return new Run(options, report).go();
}

/** Connects, reads facts and compiles, then hangs up: what each host is to be, for printing it. */
export function prepareOnly(options: RunOptions): Promise<Prepared> {
  return new Run(options, () => undefined).prepareOnly();
}

// --- internal ---

class Run {
  readonly #options: RunOptions;
  readonly #report: Report;
  readonly #site: Site;
  readonly #members: Member[];
  readonly #connections: Connections;
  readonly #sessions: Sessions;
  readonly #began = Date.now();
  readonly #assignments: readonly Assignment[];
  /** Hosts that are not begun any more, since a batch before them has failed. */
  readonly #spared = new Set<Member>();
  /** A play that stops on failure has failed on a host, or another run has the lock of one. */
  #stopped = false;
  /** A batch of hosts has had its turn. */
  #begun = false;

  constructor(options: RunOptions, report: Report) {
    this.#options = options;
    this.#report = report;
    this.#connections = new Connections(options.signal, (host, ms) =>
      report({ type: "connected", host: host.name, ms }),
    );
    requireGroups(options.site, options.inventory);
    this.#site = withRoles(options.site, options.roles ?? []);
    const hosts = limited(options.inventory, options.limit);
    this.#assignments = assignmentsOf(this.#site, hosts, options.inventory);
    requireUse(options.roles ?? [], options.limit, this.#assignments, options);
    this.#members = this.#assignments.map(({ host }) => memberFor(host));
    this.#sessions = new Sessions(
      this.#connections,
      this.#members.map(({ host }) => host),
      new Date(this.#began),
    );
  }

  prepareOnly(): Promise<Prepared> {
    return this.#prepare(Promise.resolve()).finally(() => this.#hangUp());
  }

  #prepare(ready: Promise<unknown>, report?: Report): Promise<Prepared> {
    return prepare(this.#options, this.#site, this.#assignments, this.#sessions, ready, report);
  }

  async #hangUp(): Promise<void> {
    await this.#sessions.end();
    await this.#connections.close();
  }

  async go(): Promise<number> {
    this.#report(beginOf(this.#options, this.#assignments, this.#began));
    try {
      const locking = this.#lock();
      const [prepared, locked] = await Promise.all([this.#prepare(locking, this.#report), locking]);
      this.#stopped = locked;
      for (const stage of prepared.stages) await this.#runStage(stage, prepared);
      if (this.#options.mode === "apply" && !this.#options.signal?.aborted)
        await keepAll(this.#members, this.#assignments, prepared.inputs, this.#sessions, this.#report);
      return this.#end();
    } finally {
      await this.#hangUp();
    }
  }

  /** Connects to all hosts, and in a run that changes them locks them. Answers whether another run has one. */
  async #lock(): Promise<boolean> {
    const { mode, lockWait = 0 } = this.#options;
    const hosts = this.#members.map(({ host }) => host);
    for (const host of hosts) this.#sessions.to(host).catch(() => undefined);
    if (mode === "check") return false;
    const busy = await lockAll(hosts, this.#sessions, lockWait, this.#report);
    const member = this.#members.find(({ host }) => host === busy);
    if (member) member.outcome = "locked";
    return member !== undefined;
  }

  async #runStage({ stage, again, ...first }: PreparedStage, prepared: Prepared): Promise<void> {
    const { mode } = this.#options;
    const members = this.#members.filter(({ host }) => first.hostPlans.has(host.name));
    const most = Math.min(stage.serial, this.#options.serial ?? members.length, members.length);
    const size = Math.max(1, most);
    for (let at = 0; at < members.length; at += size) {
      const batch = members.slice(at, at + size);
      const later = this.#begun && mode === "apply" && !this.#stopped;
      this.#begun = true;
      const { hostPlans, doubts } = later ? await again() : { ...prepared, ...first };
      const turns = batch.map((member) => ({
        member,
        hostPlan: hostPlans.get(member.host.name) as CompiledPlan,
        ...prepared,
        doubts,
      }));
      for (const { member, hostPlan } of turns) this.#report(planned(member.host.name, hostPlan));
      await Promise.all(turns.map((turn) => this.#turn(turn)));
      this.#stopped ||= stage.stopOnFailure && batch.some(({ outcome }) => outcome !== "done");
      // With --serial a failure must not reach the next batch. An unreachable host is no failure of the run.
      const broken = batch.some(({ outcome }) => ["failed", "refused", "lost"].includes(outcome));
      if (mode === "apply" && broken) for (const member of members.slice(at + size)) this.#spared.add(member);
    }
  }

  /** A host's turn in a stage, which it may have lost: by its own failure, by another's, or by Ctrl-C. */
  async #turn(turn: Turn): Promise<void> {
    const { member, hostPlan } = turn;
    const fit = member.outcome === "not begun" || member.outcome === "done";
    const spared = this.#stopped || this.#spared.has(member);
    if (fit && !spared && !this.#options.signal?.aborted) return this.#runHost(turn);
    if (fit) member.outcome = "not begun";
    member.counts = add(member.counts, { ...NONE, skipped: hostPlan.resources.length });
  }

  async #runHost({ member, hostPlan, inputs, doubts, stages }: Turn): Promise<void> {
    const { mode, silence, roles = [] } = this.#options;
    const host = member.host.name;
    const unsaid = confidential(inputs.secrets, inputs.certificates);
    const hostRun = new HostRun(host, hostPlan, unsaid, this.#report);
    try {
      member.connection = await this.#connections.to(member.host);
      const session = await this.#sessions.to(member.host);
      const problem = doubts.get(host);
      if (problem !== undefined) {
        member.outcome = "refused";
        return this.#report({ type: "refused", host, problem });
      }
      const how = { mode, who: this.#sessions.who };
      const most = silence === undefined ? workPatienceOf(member.host) : 1000 * silence;
      member.outcome = await hostRun.run(session, member.connection, how, most);
    } catch (error) {
      this.#giveUp(member, (error as Error).message);
    }
    for (const text of strangers(host, hostRun.left, stages, roles)) this.#report({ type: "warning", text });
    member.counts = add(member.counts, hostRun.counts());
    member.ended = Date.now();
    this.#report({ type: "ended", host, outcome: member.outcome });
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
    const hosts = this.#members.map(resultOf);
    const exitCode = this.#options.signal?.aborted ? 130 : exitCodeOf(hosts, this.#options.mode);
    this.#report({ type: "end", hosts, ms: Date.now() - this.#began, exitCode });
    return exitCode;
  }
}
