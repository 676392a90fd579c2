import { hostname, userInfo } from "node:os";
import type { Site, Stage } from "../model/play.ts";
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
import type { RunEvent } from "./events.ts";
import { HostRun } from "./host-run.ts";
import { confidential } from "./inputs.ts";
import { type Member, memberFor, resultOf } from "./member.ts";
import { add, exitCodeOf, NONE } from "./outcome.ts";
import { planned } from "./planned.ts";
import { type HostPlans, type Prepared, prepare, type RunOptions } from "./prepare.ts";
import { StartGate } from "./start-gate.ts";

export type { RunOptions } from "./prepare.ts";

type Report = (event: RunEvent) => void;

/** What one host is to do in one stage. */
interface Turn {
  readonly member: Member;
  readonly hostPlan: CompiledPlan;
  readonly prepared: Prepared;
}

/** Makes the hosts what the site says, or with mode `check` tells what would change. Answers the exit code (docs/use/commands.md). */
export async function provision(options: RunOptions, report: Report): Promise<number> {
  return new Run(options, report).go();
}

/** Connects, reads facts and compiles, then hangs up: what each host is to be, for printing it. */
export async function prepareOnly(options: RunOptions): Promise<Prepared> {
  return new Run(options, () => undefined).prepareOnly();
}

// --- internal ---

class Run {
  readonly #options: RunOptions;
  readonly #report: Report;
  readonly #site: Site;
  readonly #members: Member[];
  readonly #connections: Connections;
  readonly #began = Date.now();
  readonly #assignments: readonly Assignment[];
  /** Hosts that are not begun any more, since a batch before them has failed. */
  readonly #spared = new Set<Member>();
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
    this.#assignments = assignmentsOf(this.#site, hosts, options.inventory);
    requireUse(options.roles ?? [], options.limit, this.#assignments, options);
    this.#members = this.#assignments.map(({ host }) => memberFor(host));
  }

  async prepareOnly(): Promise<Prepared> {
    try {
      return await this.#prepare();
    } finally {
      await this.#connections.close();
    }
  }

  #prepare(report?: Report): Promise<Prepared> {
    return prepare(this.#options, this.#site, this.#assignments, this.#connections, report);
  }

  async go(): Promise<number> {
    const { mode } = this.#options;
    const hosts = this.#members.map(({ host }) => host.name);
    const roles = [...new Set(this.#assignments.flatMap(({ roles }) => roles.map(({ name }) => name)))];
    const run = new Date(this.#began).toISOString().replaceAll(/[-:]|\.\d+Z$/g, "");
    this.#report({ type: "begin", run, mode, hosts, roles, inventory: this.#options.inventory.file });
    try {
      const prepared = await this.#prepare(this.#report);
      for (const { stage, hostPlans } of prepared.stages) await this.#runStage(stage, hostPlans, prepared);
      return this.#end();
    } finally {
      await this.#connections.close();
    }
  }

  async #runStage(stage: Stage, hostPlans: HostPlans, prepared: Prepared): Promise<void> {
    const { mode } = this.#options;
    const members = this.#members.filter(({ host }) => hostPlans.has(host.name));
    const most = Math.min(stage.serial, this.#options.serial ?? members.length, members.length);
    const size = Math.max(1, most);
    for (let at = 0; at < members.length; at += size) {
      const batch = members.slice(at, at + size);
      const turns = batch.map((member) => ({
        member,
        hostPlan: hostPlans.get(member.host.name) as CompiledPlan,
        prepared,
      }));
      for (const { member, hostPlan } of turns) this.#report(planned(member.host.name, hostPlan));
      await this.#together(turns);
      this.#stopped ||= stage.stopOnFailure && batch.some(({ outcome }) => outcome !== "done");
      // Who goes batch by batch wants a mistake to reach no second one. A host that is off is no mistake of this run.
      const broken = batch.some(({ outcome }) => ["failed", "refused", "lost"].includes(outcome));
      if (mode === "apply" && broken) for (const member of members.slice(at + size)) this.#spared.add(member);
    }
  }

  /** All at once, but nobody before the first has its lock: where another run holds that, this one changes nothing. */
  async #together([first, ...others]: readonly Turn[]): Promise<void> {
    if (!first) return;
    const gate = new StartGate();
    const leading = this.#turn(first, gate).finally(() => {
      this.#stopped ||= first.member.outcome === "locked";
      gate.open();
    });
    const following = others.map(async (turn) => {
      if (this.#options.mode === "apply") await gate.pass();
      await this.#turn(turn);
    });
    await Promise.all([leading, ...following]);
  }

  /** A host's turn in a stage, which it may have lost: by its own failure, by another's, or by Ctrl-C. */
  async #turn(turn: Turn, gate?: StartGate): Promise<void> {
    const { member, hostPlan } = turn;
    const fit = member.outcome === "not begun" || member.outcome === "done";
    const spared = this.#stopped || this.#spared.has(member);
    if (fit && !spared && !this.#options.signal?.aborted) return this.#runHost(turn, gate);
    if (fit) member.outcome = "not begun";
    member.counts = add(member.counts, { ...NONE, skipped: hostPlan.resources.length });
  }

  async #runHost({ member, hostPlan, prepared }: Turn, gate?: StartGate): Promise<void> {
    const { inputs, doubts } = prepared;
    const { mode, lockWait = 0, silence = 1200 } = this.#options;
    const who = `${userInfo().username}@${hostname()}, process ${process.pid}, since ${new Date(this.#began).toISOString()}`;
    const host = member.host.name;
    const unsaid = confidential(inputs.secrets, inputs.certificates);
    const hostRun = new HostRun(host, hostPlan, unsaid, this.#report, gate);
    try {
      member.connection = await this.#connections.to(member.host);
      const problem = doubts.get(host);
      if (problem !== undefined) {
        member.outcome = "refused";
        return this.#report({ type: "refused", host, problem });
      }
      member.outcome = await hostRun.run(
        member.connection,
        { mode, who, lockWait },
        (silence + lockWait) * 1000,
      );
    } catch (error) {
      this.#giveUp(member, (error as Error).message);
    }
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
