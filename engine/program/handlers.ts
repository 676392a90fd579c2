import type { Observation } from "../model/observation.ts";
import type { Handler } from "../model/resource.ts";
import { sinceRead } from "../observers/systemd.ts";
import type { HostPlan } from "../plan/host-plan.ts";
import { bare, lines, type Shell, sh } from "../template/shell.ts";
import type { Observations } from "./observations.ts";
import { fn } from "./shell.ts";

/** What is observed of a handler's unit: whether it has read the files of all that notify it. By the handler's name. */
export type Watches = ReadonlyMap<string, Observation>;

/** The observations of the handlers whose unit reads files. */
export function watchesOf({ resources, handlers }: HostPlan): Watches {
  return new Map(
    handlers.flatMap(({ handler: { name, unit } }) => {
      const notifying = resources.filter(({ resource }) => resource.notify.some((one) => one.name === name));
      const files = notifying.flatMap(({ resource }) => resource.writes ?? []);
      const watched = [...new Set(files)].filter((file) => !unit?.except?.includes(file));
      if (!unit || watched.length === 0) return [];
      return [[name, sinceRead(unit.id, unit.verb, watched)] as const];
    }),
  );
}

/**
 * The functions of a handler. Its mark is a file: the invocation of its unit that was running when the change was made
 * (empty while it is being made, `none` if it did not run), and the unit.
 */
export function describeHandler(
  handler: Handler,
  h: number,
  { handlers }: HostPlan,
  watches: Watches,
  observations: Observations,
): Shell[] {
  const { name, run, unit, covers } = handler;
  const marks = [name, ...(covers === undefined || isIn(handlers, covers) ? [] : [covers])].map(markOf);
  const [mark] = marks as [Shell];
  const watch = watches.get(name);
  const covering = handlers.findIndex((other) => other.handler.covers === name);
  const seen = watch && sh`"$${observations.variable(watch)}"`;
  return [
    sh`due_${h}=0`,
    fn(`mark_${h}`, sh`true >${mark}`),
    fn(`note_${h}`, unit ? sh`printf '%s\n%s\n' "$(invocation ${unit.id})" ${unit.id} >${mark}` : sh`:`),
    fn(`unmark_${h}`, sh`rm -f ${marks}`),
    fn(`due_mark_${h}`, lines([...marks.map((one) => sh`[ ! -e ${one} ] || return 0`), sh`return 1`])),
    fn(`marked_${h}`, sh`head -q -n 1 ${marks} 2>/dev/null | tail -n 1`),
    fn(`watch_${h}`, watch ? observations.make([watch]) : sh`:`),
    // What the handler that covers this one is about to do makes the unit read its files, too.
    fn(
      `stale_${h}`,
      lines([
        covering >= 0 && sh`[ "$${bare(`due_${covering}`)}" != 2 ] || return 1`,
        seen ? sh`case ${seen} in before*) ;; *) return 1 ;; esac` : sh`return 1`,
      ]),
    ),
    fn(
      `reason_${h}`,
      unit && seen ? sh`echo ${`${unit.id} runs with its files as they were`} ${seen} 'was changed'` : sh`:`,
    ),
    fn(`handler_${h}`, run),
  ];
}

/** Shell that succeeds if the mark "$1" belongs to a handler of the plan, or to one that it covers. */
export function knownMarks({ handlers }: HostPlan): Shell {
  const all = handlers.flatMap(({ handler }) => [handler.name, handler.covers ?? handler.name]);
  const names = [...new Set(all)];
  if (names.length === 0) return sh`return 1`;
  return sh`case $1 in ${bare(names.map((name) => `'${fileOf(name)}'`).join(" | "))}) ;; *) return 1 ;; esac`;
}

// --- internal ---

function isIn(handlers: HostPlan["handlers"], name: string): boolean {
  return handlers.some(({ handler }) => handler.name === name);
}

function markOf(name: string): Shell {
  return sh`"$pending"/${fileOf(name)}`;
}

/** encodeURIComponent leaves the apostrophe as it is, which would end a quoted pattern. */
function fileOf(name: string): string {
  return encodeURIComponent(name).replaceAll("'", "%27");
}
