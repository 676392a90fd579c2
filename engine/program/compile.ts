import type { Expectation, Handler, Resource } from "../model/resource.ts";
import type { Programme } from "../plan/host-plan.ts";
import { bare, lines, quote, type Shell, sh } from "../template/shell.ts";
import { Text } from "../template/text.ts";
import { CompileError } from "../util/errors.ts";
import { order } from "./main.ts";
import { Looks } from "./observations.ts";
import { prelude } from "./prelude/index.ts";

export interface Mode {
  /** `check` looks and changes nothing: the one place where a dry run is decided is the prelude's `converge`. */
  readonly mode: "check" | "apply";
  /** Who runs since when, for whoever finds the host locked. */
  readonly who: string;
  /** Seconds to wait for another run to end. */
  readonly lockWait: number;
}

/** Compiles everything one host is to be into one POSIX sh program. The same program runs in dash, busybox sh and bash. */
export function compile(programme: Programme, { mode, who, lockWait }: Mode): Shell {
  return lines([
    sh`# shellcheck shell=sh disable=SC2034 # numbered variables are read by eval`,
    sh`mode=${mode} who=${who} lock_wait=${lockWait}`,
    compiled(programme),
  ]);
}

/** All of it but for whom and when. Once for a programme. Throws CompileError. */
export function compiled(programme: Programme): Shell {
  const known = programs.get(programme) ?? bodyOf(programme);
  programs.set(programme, known);
  return known;
}

// --- internal ---

const programs = new WeakMap<Programme, Shell>();

function bodyOf(programme: Programme): Shell {
  const resources = programme.resources.map(({ resource }) => resource);
  const handlers = programme.handlers.map(({ handler }) => handler);
  const looks = new Looks(resources);
  const numberOf = new Map(resources.map((resource, n) => [resource.id, n]));
  return lines([
    prelude,
    ...looks.kinds().map((kind) => fn(`gather_${kind.name}`, kind.gather)),
    looks.see(),
    fn("look", looks.take(looks.all)),
    ...togetherKinds(resources).flatMap((kind) => describeKind(resources, kind, looks)),
    ...resources.flatMap((resource, n) => describe(resource, n, looks, numberOf, handlers)),
    ...handlers.flatMap(describeHandler),
    fn("main", lines([sh`open`, sh`look`, ...order(programme), sh`finish`])),
    sh`main`,
  ]);
}

function describe(
  resource: Resource,
  n: number,
  looks: Looks,
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
        ${holding(expectation, looks)} || {
          ${awaited(expectation, looks)}
        }`
      : sh`${holding(expectation, looks)} || return 1`,
  );
  const differences = expects.map(
    (expectation) =>
      expectation.label !== undefined &&
      sh`${holding(expectation, looks)} || printf '%s: %s -> %s\n' ${expectation.label} "\${${looks.variable(expectation.look)}:-absent}" ${expectation.is}`,
  );
  const check = resource.check && lines([sh`( set -eu`, resource.check, sh`) >"$work/out" 2>&1 3>&- 4<&-`]);
  return [
    sh`# ${bare(resource.id.replaceAll("\r", " "))}`,
    fn(`relook_${n}`, looks.take(expects.map(({ look }) => look))),
    ...expects.flatMap(({ pending = [] }) => pending.map(({ on }) => sh`${bare(`bringer_${nameOf(on)}`)}=`)),
    fn(`is_${n}`, lines([...holds, check ?? sh`return 0`])),
    fn(`why_${n}`, lines([...differences, sh`:`])),
    fn(`diff_${n}`, lines([sh`why_${n}`, resource.diff ?? sh`:`])),
    resource.content ? fn(`content_${n}`, contentOf(resource.content)) : sh``,
    fn(`apply_${n}`, resource.apply),
    sh`${bare(`needs_${n}`)}=${needs.join(" ")} ${bare(`notify_${n}`)}=${notify.join(" ")}`,
    sh`${bare(`certain_${n}`)}=${resource.certain ? 1 : 0} ${bare(`patience_${n}`)}=${waits?.seconds ?? 0} ${bare(`brings_${n}`)}=${(resource.brings ?? []).map(nameOf).join(" ")}`,
    fn(`until_${n}`, waits?.until ?? sh`:`),
    fn(`receive_${n}`, blob ? sh`receive ${blob.sha256} ${blob.size}` : sh`:`),
    fn(`confirm_${n}`, trial ? sh`confirm` : sh`:`),
    trial ? lines([fn(`keep_${n}`, trial.keep), fn(`undo_${n}`, trial.undo)]) : sh``,
    together ? fn(`args_${n}`, sh`echo ${together.args}`) : sh``,
  ];
}

/** Shell that succeeds when an expectation holds. */
function holding({ look, is, like, or }: Expectation, looks: Looks): Shell {
  const shown = sh`"$${looks.variable(look)}"`;
  const patterns = [is, or].flatMap((value) => (value === undefined ? [] : pattern(value).reveal()));
  if (like) return sh`case ${shown} in ${bare(patterns.join(" | "))}) ;; *) false ;; esac`;
  return or === undefined ? sh`[ ${shown} = ${is} ]` : sh`{ [ ${shown} = ${is} ] || [ ${shown} = ${or} ]; }`;
}

/** Notes what an expectation may wait for that does not hold. */
function awaited({ look, pending = [] }: Expectation, looks: Looks): Shell {
  return lines([
    ...pending.map(
      ({ on, shows }) =>
        sh`case "$${looks.variable(look)}" in ${bare(shows.join(" | "))}) awaits="$awaits ${bare(nameOf(on))}" ;; esac`,
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

function describeHandler({ name, run }: Handler, h: number): Shell[] {
  const mark = sh`"$pending"/${encodeURIComponent(name)}`;
  return [
    sh`due_${h}=0`,
    fn(`mark_${h}`, sh`: >${mark}`),
    fn(`unmark_${h}`, sh`rm -f ${mark}`),
    fn(`due_mark_${h}`, sh`[ -e ${mark} ]`),
    fn(`since_${h}`, sh`date -r ${mark} +%s%N`),
    fn(`handler_${h}`, run),
  ];
}

function togetherKinds(resources: readonly Resource[]): string[] {
  return [...new Set(resources.flatMap(({ together }) => together?.kind ?? []))];
}

function describeKind(resources: readonly Resource[], kind: string, looks: Looks): Shell[] {
  const ones = resources.filter(({ together }) => together?.kind === kind);
  const shown = ones.flatMap(({ expects = [] }) => expects.map(({ look }) => look));
  return [fn(`together_${kind}`, ones[0]?.apply ?? sh`:`), fn(`relook_${kind}`, looks.take(shown))];
}

function fn(name: string, body: Shell): Shell {
  return sh`
    ${bare(name)}() {
    ${body}
    }`;
}

/** A shell pattern: everything quoted but the stars. */
function pattern(is: string): Shell {
  return bare(
    is
      .split("*")
      .map((part) => (part === "" ? "" : quote(part)))
      .join("*"),
  );
}

/** The number of what a resource needs. A run of some roles only may be without it: then it is taken to be there. */
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
