import { CompileError } from "./errors.ts";
import type { Look, LookKind } from "./look.ts";
import { prelude } from "./prelude.ts";
import type { Handler, Resource } from "./resource.ts";
import { lines, quote, Shell, sh } from "./shell.ts";

/** What one host is to be, in the order in which it is made so; handlers come at the end of the role that declared them. */
export interface Programme {
  readonly resources: readonly { readonly role: string; readonly resource: Resource }[];
  readonly handlers: readonly { readonly role: string; readonly handler: Handler }[];
}

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
  const resources = programme.resources.map(({ resource }) => resource);
  const handlers = programme.handlers.map(({ handler }) => handler);
  const looks = new Looks(resources);
  const numberOf = new Map(resources.map((resource, n) => [resource.id, n]));
  return lines([
    sh`mode=${mode} who=${who} lock_wait=${lockWait}`,
    prelude,
    ...looks.kinds().map((kind) => fn(`gather_${kind.name}`, kind.gather)),
    looks.see(),
    fn("look", looks.take(looks.all)),
    ...togetherKinds(resources).map((kind) => fn(`together_${kind}`, togetherApply(resources, kind))),
    ...resources.flatMap((resource, n) => describe(resource, n, looks, numberOf, handlers)),
    ...handlers.flatMap(describeHandler),
    fn("main", lines([sh`open`, sh`look`, ...order(programme), sh`finish`])),
    sh`main`,
  ]);
}

// --- internal ---

/** All looks of a host, numbered: `$look_3` holds what the third one showed. */
class Looks {
  readonly all: readonly Look[];
  readonly #numbers = new Map<string, number>();

  constructor(resources: readonly Resource[]) {
    const byKey = new Map<string, Look>();
    for (const { look } of resources.flatMap(({ expects }) => expects ?? [])) byKey.set(keyOf(look), look);
    this.all = [...byKey.values()];
    for (const [number, look] of this.all.entries()) this.#numbers.set(keyOf(look), number);
  }

  variable(look: Look): Shell {
    return bare(`look_${this.#numbers.get(keyOf(look))}`);
  }

  kinds(): LookKind[] {
    return [...new Map(this.all.map(({ kind }) => [kind.name, kind])).values()];
  }

  /** The function that sorts answers into variables. */
  see(): Shell {
    const cases = this.all.map((look) => sh`${keyOf(look)}) ${this.variable(look)}=$value ;;`);
    return sh`
      see() {
        while IFS='	' read -r kind key value; do
          case "$kind $key" in
            ${lines(cases)}
            *) ;;
          esac
        done
      }`;
  }

  /** Takes the given looks afresh: one gathering a kind. */
  take(looks: readonly Look[]): Shell {
    if (looks.length === 0) return sh`:`;
    const gathered = this.kinds().flatMap((kind) => {
      const asked = looks.filter((look) => look.kind.name === kind.name);
      if (asked.length === 0) return [];
      return [sh`${bare(`gather_${kind.name}`)} ${asked.flatMap((look) => look.args ?? [look.key])}`];
    });
    return lines([
      ...looks.map((look) => sh`${this.variable(look)}=`),
      sh`see <<END_OF_LOOKS`,
      sh`$(${gathered.length === 1 ? (gathered[0] as Shell) : lines([sh``, ...gathered])})`,
      sh`END_OF_LOOKS`,
    ]);
  }
}

function describe(
  resource: Resource,
  n: number,
  looks: Looks,
  numberOf: ReadonlyMap<string, number>,
  handlers: readonly Handler[],
): Shell[] {
  const expects = resource.expects ?? [];
  const needs = resource.needs
    .map((need) => numberOf.get(need.id) ?? missing(resource, need))
    .filter((at) => at < n);
  const notify = resource.notify.map(({ name }) => handlers.findIndex((handler) => handler.name === name));
  const { blob, waits, together } = resource;
  const holds = expects.map(({ look, is, like, or }) => {
    const shown = sh`"$${looks.variable(look)}"`;
    if (like) return sh`case ${shown} in ${pattern(is)}) ;; *) return 1 ;; esac`;
    return or === undefined
      ? sh`[ ${shown} = ${is} ] || return 1`
      : sh`[ ${shown} = ${is} ] || [ ${shown} = ${or} ] || return 1`;
  });
  const differences = expects.map(
    ({ look, is, label }) =>
      label !== undefined &&
      sh`[ "$${looks.variable(look)}" = ${is} ] || printf '%s: %s -> %s\n' ${label} "\${${looks.variable(look)}:-absent}" ${is}`,
  );
  const check = resource.check && lines([sh`( set -eu`, resource.check, sh`) >"$work/out" 2>&1 3>&- 4<&-`]);
  return [
    sh`# ${bare(resource.id.replaceAll("\r", " "))}`,
    fn(`relook_${n}`, looks.take(expects.map(({ look }) => look))),
    fn(`is_${n}`, lines([...holds, check ?? sh`return 0`])),
    fn(`why_${n}`, lines([...differences, sh`:`])),
    fn(`diff_${n}`, lines([sh`why_${n}`, resource.diff ?? sh`:`])),
    resource.content ? fn(`content_${n}`, sh`printf %s ${resource.content}`) : sh``,
    fn(`apply_${n}`, resource.apply),
    sh`${bare(`needs_${n}`)}=${needs.join(" ")} ${bare(`notify_${n}`)}=${notify.join(" ")}`,
    sh`${bare(`certain_${n}`)}=${resource.certain ? 1 : 0} ${bare(`patience_${n}`)}=${waits?.seconds ?? 0}`,
    fn(`until_${n}`, waits?.until ?? sh`:`),
    fn(`receive_${n}`, blob ? sh`receive ${blob.sha256} ${blob.size}` : sh`:`),
    together ? fn(`args_${n}`, sh`echo ${together.args}`) : sh``,
  ];
}

function describeHandler({ name, run }: Handler, h: number): Shell[] {
  const mark = sh`"$pending"/${name.replaceAll(/[^\w.@-]+/g, "-")}`;
  return [
    sh`due_${h}=0`,
    fn(`mark_${h}`, sh`: >${mark}`),
    fn(`unmark_${h}`, sh`rm -f ${mark}`),
    fn(`due_mark_${h}`, sh`[ -e ${mark} ]`),
    fn(`since_${h}`, sh`date -r ${mark} +%s%N`),
    fn(`handler_${h}`, run),
  ];
}

function order({ resources, handlers }: Programme): Shell[] {
  const numbered = resources.map(({ role, resource }, n) => ({ role, n, kind: resource.together?.kind }));
  const roles = [...new Set(numbered.map(({ role }) => role))];
  const calls: Shell[] = [];
  for (let at = 0; at < numbered.length; at++) {
    const { n, kind, role } = numbered[at] as (typeof numbered)[number];
    if (kind === undefined) calls.push(sh`converge ${n}`);
    else {
      const group = [n];
      while (numbered[at + 1]?.kind === kind) group.push(numbered[++at]?.n as number);
      calls.push(sh`together ${kind} ${group}`);
    }
    if (!numbered.slice(at + 1).some((later) => later.role === role)) {
      calls.push(...flushes(role, handlers));
    }
  }
  return roles.length === 0 ? [sh`:`] : calls;
}

function flushes(role: string, handlers: Programme["handlers"]): Shell[] {
  return handlers.flatMap((handler, h) => (handler.role === role ? [sh`flush ${h}`] : []));
}

function togetherKinds(resources: readonly Resource[]): string[] {
  return [...new Set(resources.flatMap(({ together }) => together?.kind ?? []))];
}

function togetherApply(resources: readonly Resource[], kind: string): Shell {
  return resources.find(({ together }) => together?.kind === kind)?.apply ?? sh`:`;
}

function fn(name: string, body: Shell): Shell {
  return sh`
    ${bare(name)}() {
    ${body}
    }`;
}

function keyOf({ kind, key }: Look): string {
  return `${kind.name} ${key}`;
}

/** Text that is shell already: names made by this file, never a value. */
function bare(name: string): Shell {
  return new Shell(name);
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

function missing(resource: Resource, need: Resource): never {
  throw new CompileError(`${resource.id} needs ${need.id}, which this host has not got`);
}
