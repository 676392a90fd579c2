import type { Expectation, Handler, Resource } from "../model/resource.ts";
import type { HostPlan, PlannedResource } from "../plan/host-plan.ts";
import { bare, lines, quote, type Shell, sh } from "../template/shell.ts";
import { Text } from "../template/text.ts";
import { CompileError } from "../util/errors.ts";
import { describeHandler, knownMarks, watchesOf } from "./handlers.ts";
import { mainCalls } from "./main.ts";
import { Observations } from "./observations.ts";
import { prelude } from "./prelude/index.ts";
import { fn, pattern } from "./shell.ts";

export interface Mode {
  readonly mode: "check" | "apply";
  /** Who runs, and since when, for the host's journal. */
  readonly who: string;
}

/** A compiled host plan. `body` is its program without the lines that say in which mode, for whom and since when. */
export interface CompiledPlan extends HostPlan {
  readonly body: Shell;
}

/** Compiles a host plan. Throws CompileError if a resource needs one that comes after it. */
export function compile(hostPlan: HostPlan): CompiledPlan {
  const resources = hostPlan.resources.map(({ resource }) => resource);
  const handlers = hostPlan.handlers.map(({ handler }) => handler);
  const watches = watchesOf(hostPlan);
  const observations = new Observations([
    ...resources.flatMap(({ expects = [] }) => expects.map(({ observe }) => observe)),
    ...watches.values(),
  ]);
  const roles = [...new Set(hostPlan.resources.flatMap(rolesToReport))];
  const numberOf = new Map(resources.map((resource, n) => [resource.id, n]));
  const body = lines([
    prelude,
    ...observations.observers().map(({ name, gather }) => fn(`gather_${name}`, gather)),
    observations.assign(),
    fn("observe", observations.make(observations.all)),
    ...togetherKinds(resources).flatMap((kind) => describeKind(resources, kind, observations)),
    ...roles.map((_, r) => sh`${bare(`broken_${r}`)}=`),
    ...hostPlan.resources.flatMap((planned, n) => [
      ...describe(planned.resource, n, observations, numberOf, handlers),
      sh`${bare(`roles_${n}`)}=${rolesToReport(planned)
        .map((role) => roles.indexOf(role))
        .join(" ")} ${bare(`foundation_${n}`)}=${planned.resource.foundation ? 1 : 0}`,
    ]),
    ...hostPlan.handlers.flatMap(({ role, handler }, h) => [
      ...describeHandler(handler, h, hostPlan, watches, observations),
      sh`${bare(`handler_role_${h}`)}=${roles.indexOf(role)}`,
    ]),
    fn("known_mark", knownMarks(hostPlan)),
    fn("main", lines([sh`open`, sh`observe`, ...mainCalls(hostPlan), sh`finish`])),
    sh`main`,
  ]);
  return { ...hostPlan, body };
}

/** The POSIX sh program of a compiled plan. The same program runs in dash, busybox sh and bash. */
export function programOf({ body }: CompiledPlan, { mode, who }: Mode): Shell {
  return lines([
    sh`# shellcheck shell=sh disable=SC2034 # numbered variables are read by eval`,
    sh`mode=${mode} who=${who}`,
    body,
  ]);
}

// --- internal ---

function rolesToReport({ role, alsoOf = [] }: PlannedResource): readonly string[] {
  return [role, ...alsoOf];
}

function describe(
  resource: Resource,
  n: number,
  observations: Observations,
  numberOf: ReadonlyMap<string, number>,
  handlers: readonly Handler[],
): Shell[] {
  const expects = resource.expects ?? [];
  const needs = resource.needs.flatMap((need) => earlier(resource, n, need, numberOf));
  const notify = resource.notify.map(({ name }) => handlers.findIndex((handler) => handler.name === name));
  const { blob, waits, together, trial } = resource;
  const holds = expects.map((expectation) =>
    expectation.pending
      ? sh`
        ${holding(expectation, observations)} || {
          ${awaited(expectation, observations)}
        }`
      : sh`${holding(expectation, observations)} || return 1`,
  );
  const differences = expects.map(
    (expectation) =>
      expectation.label !== undefined &&
      sh`${holding(expectation, observations)} || printf '%s: %s -> %s\n' ${expectation.label} "\${${observations.variable(expectation.observe)}:-absent}" ${expectation.is}`,
  );
  const check =
    resource.check && lines([sh`( set -eu`, resource.check, sh`) >"$work/out" 2>&1 3>&- 4<&- 9>&-`]);
  return [
    sh`# ${bare(resource.id.replaceAll("\r", " "))}`,
    fn(`observe_${n}`, observations.make(expects.map(({ observe }) => observe))),
    ...expects.flatMap(({ pending = [] }) => pending.map(({ on }) => sh`${bare(`bringer_${nameOf(on)}`)}=`)),
    fn(`is_${n}`, lines([...holds, check ?? sh`return 0`])),
    fn(`why_${n}`, lines([...differences, sh`:`])),
    fn(`diff_${n}`, lines([sh`why_${n}`, resource.diff ?? sh`:`])),
    resource.content ? fn(`content_${n}`, contentOf(resource.content)) : sh``,
    together ? fn(`args_${n}`, sh`echo ${together.args}`) : fn(`apply_${n}`, resource.apply),
    sh`${bare(`needs_${n}`)}=${needs.join(" ")} ${bare(`notify_${n}`)}=${notify.join(" ")}`,
    sh`${bare(`certain_${n}`)}=${resource.certain ? 1 : 0} ${bare(`ready_${n}`)}=${waits?.seconds ?? 0} ${bare(`brings_${n}`)}=${(resource.brings ?? []).map(nameOf).join(" ")}`,
    fn(`until_${n}`, waits?.until ?? sh`:`),
    fn(`receive_${n}`, blob ? sh`receive ${blob.sha256} ${blob.size}` : sh`:`),
    fn(`trial_${n}`, trial ? sh`trial` : sh`:`),
    trial ? lines([fn(`keep_${n}`, trial.keep), fn(`undo_${n}`, trial.undo)]) : sh``,
  ];
}

/** Shell that succeeds if an expectation holds. */
function holding({ observe, is, like, or }: Expectation, observations: Observations): Shell {
  const shown = sh`"$${observations.variable(observe)}"`;
  const values = [is, or ?? []].flat();
  if (!like && values.length === 1) return sh`[ ${shown} = ${is} ]`;
  const patterns = values.map((value) => (like ? pattern(value) : quote(value)));
  return sh`case ${shown} in ${bare(patterns.join(" | "))}) ;; *) false ;; esac`;
}

/** Shell for an expectation that does not hold: notes what it may be waiting for, and returns 1. */
function awaited({ observe, pending = [] }: Expectation, observations: Observations): Shell {
  return lines([
    ...pending.map(
      ({ on, shows }) =>
        sh`case "$${observations.variable(observe)}" in ${bare(shows.join(" | "))}) awaits="$awaits ${bare(nameOf(on))}" ;; esac`,
    ),
    sh`return 1`,
  ]);
}

/** What a resource brings or awaits, as a part of a shell variable's name. */
function nameOf(brought: string): string {
  return brought.replaceAll(/[^A-Za-z0-9]/g, "_");
}

function contentOf(content: Text | readonly Text[]): Shell {
  if (content instanceof Text) return sh`printf %s ${content}`;
  return sh`
    case $1 in
      ${lines(content.map((one, at) => sh`${at}) printf %s ${one} ;;`))}
    esac`;
}

function togetherKinds(resources: readonly Resource[]): string[] {
  return [...new Set(resources.flatMap(({ together }) => together?.kind ?? []))];
}

function describeKind(resources: readonly Resource[], kind: string, observations: Observations): Shell[] {
  const ones = resources.filter(({ together }) => together?.kind === kind);
  const shown = ones.flatMap(({ expects = [] }) => expects.map(({ observe }) => observe));
  return [
    fn(`foresee_${kind}`, ones[0]?.together?.foresee ?? sh`:`),
    fn(`together_${kind}`, ones[0]?.apply ?? sh`:`),
    fn(`observe_${kind}`, observations.make(shown)),
  ];
}

/**
 * The number of a resource that another one needs. If only some roles are run, it may be missing: then it is assumed to
 * be there. Throws CompileError if it comes later.
 */
function earlier(
  resource: Resource,
  n: number,
  need: Resource,
  numberOf: ReadonlyMap<string, number>,
): number[] {
  const at = numberOf.get(need.id);
  if (at === undefined) return [];
  if (at < n) return [at];
  throw new CompileError(`${resource.id} needs ${need.id}, which comes after it; declare it before`);
}
