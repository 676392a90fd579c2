import fc from "fast-check";
import type { RunEvent } from "../../engine/events.ts";
import { readInventory } from "../../engine/inventory.ts";
import { plan, provision } from "../../engine/runner.ts";
import site from "../../site.ts";
import { INVENTORY, lab } from "../lab/machines.ts";
import { type Stray, straysOf } from "./strays.ts";

export interface PlanProof {
  /** Starting states that were tried, one for each host and round. */
  readonly states: number;
  readonly changed: number;
  readonly unknown: number;
  /** Kinds of straying that were tried at least once, of all that there are. */
  readonly tried: number;
  readonly known: number;
}

/**
 * Plan equals apply, on real machines that have strayed at random: what `--check` says will change is what the run then
 * changes, handlers too, and nothing else but what the plan called unknown. The machines must be up and provisioned. Throws
 * with the smallest counterexample that was found.
 */
export async function provePlan(
  states: number,
  seed: number,
  say: (line: string) => void,
): Promise<PlanProof> {
  const catalogue = await catalogueOf();
  const known = Object.values(catalogue).flat();
  const tried = new Set<string>();
  const total = { states: 0, changed: 0, unknown: 0 };
  const round = fc.asyncProperty(arbitrary(catalogue), async (strays) => {
    for (const [host, chosen] of Object.entries(strays))
      for (const { what } of chosen) tried.add(`${host} ${what}`);
    const { planned, done } = await tryOut(strays);
    total.states += Object.keys(strays).length;
    total.changed += done.changed.length;
    total.unknown += planned.unknown.length;
    if (total.states % 100 === 0) say(`${total.states} states, ${total.changed} changes, seed ${seed}`);
    compare(planned, done);
  });
  const rounds = Math.ceil(states / Object.keys(catalogue).length);
  await fc.assert(round, { numRuns: rounds, seed, endOnFailure: true });
  const left = await run("check");
  if (left.changed.length + left.unknown.length > 0)
    throw new Error(`at the end a plan is not empty: ${[...left.changed, ...left.unknown].join(", ")}`);
  return { ...total, tried: tried.size, known: known.length };
}

// --- internal ---

type Catalogue = Readonly<Record<string, readonly Stray[]>>;
type Result = Awaited<ReturnType<typeof run>>;

const inventory = readInventory(INVENTORY);

/** All ways in which each host can stray: those of what its roles say it should be. */
async function catalogueOf(): Promise<Catalogue> {
  const { stages } = await plan({ inventory, site, mode: "check" }, () => undefined);
  const strays = inventory.hosts.map(({ name }) => {
    const resources = stages.flatMap(({ programmes }) => programmes.get(name)?.resources ?? []);
    return [name, resources.flatMap(({ resource }) => straysOf(resource.id, name))] as const;
  });
  return Object.fromEntries(strays);
}

/** Up to four at once on each host; packages seldom, since each costs the seconds of an installation. */
function arbitrary(catalogue: Catalogue): fc.Arbitrary<Catalogue> {
  const some = (strays: readonly Stray[]) => {
    const quick = strays.filter(({ what }) => !what.startsWith("apt["));
    const slow = strays.filter(({ what }) => what.startsWith("apt["));
    return fc
      .tuple(
        fc.uniqueArray(fc.constantFrom(...quick), { maxLength: 4, selector: ({ what }) => what }),
        fc.option(fc.constantFrom(...slow), { freq: 12 }),
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

/** Not all of it may be possible, such as a database that is dropped twice. */
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
  const problems = events.flatMap((event) => {
    if (event.type === "failed") return [`${event.host} ${event.resource} ${event.phase}: ${event.output}`];
    return "problem" in event ? [`${event.host}: ${event.problem}`] : [];
  });
  return { exitCode, changed: of("changed"), unknown: of("unknown"), handlers, problems };
}

function compare(planned: Result, done: Result): void {
  const told = new Set([...planned.changed, ...planned.unknown]);
  const lines = [
    ...done.problems.map((problem) => `failed: ${problem}`),
    ...planned.problems.map((problem) => `failed to plan: ${problem}`),
    ...done.changed.filter((one) => !told.has(one)).map((one) => `changed, and not planned: ${one}`),
    ...planned.changed
      .filter((one) => !done.changed.includes(one))
      .map((one) => `planned, and not changed: ${one}`),
    ...planned.handlers
      .filter((one) => !done.handlers.includes(one))
      .map((one) => `planned, and not done: ${one}`),
    ...(planned.unknown.length > 0
      ? []
      : done.handlers
          .filter((one) => !planned.handlers.includes(one))
          .map((one) => `done, and not planned: ${one}`)),
  ];
  if (lines.length > 0) throw new Error(lines.join("\n"));
  if (done.exitCode !== 0) throw new Error(`the run ended with exit code ${done.exitCode}`);
}
