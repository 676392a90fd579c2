import fc from "fast-check";
import { readInventory } from "../../engine/model/inventory/index.ts";
import type { RunEvent } from "../../engine/run/events.ts";
import { prepareOnly, provision } from "../../engine/run/run.ts";
import site from "../../site.ts";
import { INVENTORY, lab } from "../lab/machines.ts";
import { type Stray, straysOf } from "./strays.ts";

export interface PlanProof {
  /** Number of starting states, one for each host and round. */
  readonly states: number;
  readonly changed: number;
  readonly unknown: number;
  /** Rounds where plan and run differed, but not when repeated. A machine may change by itself: a daemon may crash. */
  readonly moved: number;
  /** Kinds of drift that were tried at least once, out of `known`. */
  readonly tried: number;
  readonly known: number;
}

/**
 * Proves on real machines with random drift that plan equals apply: a run changes what `--check` said, handlers
 * included, and nothing else except what the plan called unknown. The machines must be up and provisioned. If plan and
 * run differ, the state is made once more. If they differ again, it is a counterexample; if not, it is only counted.
 * The proof goes on after a counterexample, and throws an error with all of them at the end.
 */
export async function provePlan(
  states: number,
  seed: number,
  say: (line: string) => void,
): Promise<PlanProof> {
  const catalogue = await catalogueOf();
  const known = Object.values(catalogue).flat();
  const tried = new Set<string>();
  const total = { states: 0, changed: 0, unknown: 0, moved: 0 };
  const counterexamples: string[] = [];
  const rounds = Math.ceil(states / Object.keys(catalogue).length);
  for (const strays of fc.sample(arbitrary(catalogue), { numRuns: rounds, seed })) {
    for (const [host, chosen] of Object.entries(strays))
      for (const { what } of chosen) tried.add(`${host} ${what}`);
    const { planned, done } = await tryOut(strays);
    total.states += Object.keys(strays).length;
    total.changed += done.changed.length;
    total.unknown += planned.unknown.length;
    if (total.states % 100 === 0) say(`${total.states} states, ${total.changed} changes, seed ${seed}`);
    const findings = untrue(planned, done).map(
      ({ host, what }) => `${what}; ${host}: ${namesOf(strays[host])}`,
    );
    if (findings.length === 0) continue;
    const again = await tryOut(strays);
    const lasting = untrue(again.planned, again.done).length > 0;
    for (const finding of findings)
      say(`${lasting ? "differs" : "differs, but not when repeated"}: ${finding}`);
    if (lasting) counterexamples.push(...findings);
    else total.moved++;
  }
  if (counterexamples.length > 0)
    throw new Error(
      `plan and apply differ in ${counterexamples.length} ways:\n${counterexamples.join("\n")}`,
    );
  const left = await run("check");
  if (left.changed.length + left.unknown.length > 0)
    throw new Error(`the plan at the end is not empty: ${[...left.changed, ...left.unknown].join(", ")}`);
  return { ...total, tried: tried.size, known: known.length };
}

// --- internal ---

type Catalogue = Readonly<Record<string, readonly Stray[]>>;
type Result = Awaited<ReturnType<typeof run>>;

const inventory = readInventory(INVENTORY);

function namesOf(strays: readonly Stray[] = []): string {
  return strays.map(({ what }) => what).join(", ") || "nothing";
}

/** All kinds of drift for each host, from the resources of its host plan. */
async function catalogueOf(): Promise<Catalogue> {
  const { stages } = await prepareOnly({ inventory, site, mode: "check" });
  const strays = inventory.hosts.map(({ name }) => {
    const resources = stages.flatMap(({ hostPlans }) => hostPlans.get(name)?.resources ?? []);
    return [name, resources.flatMap(({ resource }) => straysOf(resource.id, name))] as const;
  });
  return Object.fromEntries(strays);
}

/** Up to four kinds on each host. Packages only on one host in twenty, because each costs seconds of installation. */
function arbitrary(catalogue: Catalogue): fc.Arbitrary<Catalogue> {
  const some = (strays: readonly Stray[]) => {
    const quick = strays.filter(({ what }) => !what.startsWith("apt["));
    const slow = strays.filter(({ what }) => what.startsWith("apt["));
    return fc
      .tuple(
        fc.uniqueArray(fc.constantFrom(...quick), { maxLength: 4, selector: ({ what }) => what }),
        fc.oneof(
          { weight: 19, arbitrary: fc.constant(undefined) },
          { weight: 1, arbitrary: fc.constantFrom(...slow) },
        ),
      )
      .map(([few, one]) => (one && few.length < 4 ? [...few, one] : few));
  };
  return fc.record(Object.fromEntries(Object.entries(catalogue).map(([host, all]) => [host, some(all)])));
}

async function tryOut(strays: Catalogue) {
  await Promise.all(Object.entries(strays).map(([host, chosen]) => stray(host, chosen)));
  const planned = await run("check");
  return { planned, done: await run("apply") };
}

/** Ignores failures, because not every combination is possible: a database cannot be dropped twice. */
async function stray(host: string, chosen: readonly Stray[]) {
  if (chosen.length === 0) return;
  const script = chosen.map(({ shell }) => `{ ${shell}; } >/dev/null 2>&1`).join("\n");
  await lab.execIn(host, ["sh", "-c", `${script}\ntrue`]);
}

async function run(mode: "check" | "apply") {
  const events: RunEvent[] = [];
  const exitCode = await provision({ inventory, site, mode, silence: 300 }, (event) => events.push(event));
  const of = (type: "changed" | "unknown") =>
    events.flatMap((event) => (event.type === type ? [`${event.host} ${event.role} ${event.resource}`] : []));
  const handlers = events.flatMap((event) =>
    event.type === "handler" ? [`${event.host} ${event.role} ${event.handler}`] : [],
  );
  const diffs = new Map<string, string>(
    events.flatMap((event) =>
      event.type === "changed"
        ? [[`${event.host} ${event.role} ${event.resource}`, event.diff] as const]
        : [],
    ),
  );
  const problems = events.flatMap((event) => {
    if (event.type === "failed") return [`${event.host} ${event.resource} ${event.phase}: ${event.output}`];
    return "problem" in event ? [`${event.host} ${event.problem}`] : [];
  });
  return { exitCode, changed: of("changed"), unknown: of("unknown"), diffs, handlers, problems };
}

/** The differences between a plan and the run after it. Each line begins with the host. */
function untrue(planned: Result, done: Result): { host: string; what: string }[] {
  const told = [...planned.changed, ...planned.unknown];
  const without = (lines: readonly string[], others: readonly string[]) =>
    lines.filter((line) => !others.includes(line));
  // If a resource is unknown, the handlers that it would notify are unknown too.
  const surprises = planned.unknown.length > 0 ? [] : without(done.handlers, planned.handlers);
  const findings = {
    "the run failed": done.problems,
    "the plan failed": planned.problems,
    "the run ended differently":
      done.exitCode === 0 || done.problems.length > 0 ? [] : [`all exit code ${done.exitCode}`],
    "changed, but not planned": without(done.changed, told),
    "planned, but not changed": without(planned.changed, done.changed).map(
      (line) => `${line} (${planned.diffs.get(line)?.split("\n")[0]})`,
    ),
    "handler planned, but not run": without(planned.handlers, done.handlers),
    "handler run, but not planned": surprises,
  };
  return Object.entries(findings).flatMap(([title, lines]) =>
    lines.map((line) => ({ host: line.slice(0, line.indexOf(" ")), what: `${title}: ${line}` })),
  );
}
