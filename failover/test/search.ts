import type { Seen } from "../src/seen.ts";
import type { Step } from "../src/step.ts";
import {
  type Bounds,
  type Careless,
  decidingBy,
  events,
  type Node,
  namesIn,
  start,
  type World,
  whole,
  wrong,
} from "./world.ts";

export interface Found {
  readonly worlds: number;
  /** What is wrong in some world, or that one can never be whole again; undefined if nothing is. */
  readonly problem?: string;
  /** The events that lead there. */
  readonly way: readonly string[];
}

/**
 * Looks at every world that any order of events leads to, within the bounds. Ends at the first one that is wrong. If none
 * is, it looks for one from which no order of events leads to a whole pair.
 */
export function search(decide: (seen: Seen) => Step, bounds: Bounds, careless: Careless = {}): Found {
  const deciding = decidingBy(decide, bounds.sights);
  const first = bounds.from ?? start(bounds.databases);
  const ids = new Map<string, number>([[keyOf(first), 0]]);
  const worlds: World[] = [first];
  const came: (readonly [number, string] | undefined)[] = [undefined];
  const before: number[][] = [[]];
  const wayTo = (id: number) => {
    const way: string[] = [];
    for (let at = came[id]; at; at = came[at[0]]) way.unshift(at[1]);
    return way;
  };
  const { most = Number.POSITIVE_INFINITY } = bounds;
  for (let id = 0; id < worlds.length && worlds.length < most; id++) {
    for (const [event, next] of events(worlds[id] as World, deciding, bounds, careless)) {
      const key = keyOf(next);
      const known = ids.get(key);
      if (known !== undefined) {
        before[known]?.push(id);
        continue;
      }
      ids.set(key, worlds.length);
      worlds.push(next);
      came.push([id, event]);
      before.push([id]);
      const problem = wrong(next);
      if (problem) return { worlds: worlds.length, problem, way: wayTo(worlds.length - 1) };
    }
  }
  if (worlds.length >= most) return { worlds: worlds.length, way: [] };
  const stuck = firstThatIsNeverWhole(worlds, before);
  if (stuck === undefined) return { worlds: worlds.length, way: [] };
  return {
    worlds: worlds.length,
    problem: `from here the pair can never be whole again: ${JSON.stringify(worlds[stuck])}`,
    way: wayTo(stuck),
  };
}

// --- internal ---

/** Goes back from all whole worlds. */
function firstThatIsNeverWhole(worlds: readonly World[], before: readonly number[][]): number | undefined {
  const mends = new Uint8Array(worlds.length);
  const queue: number[] = [];
  const reach = (id: number) => {
    if (mends[id]) return;
    mends[id] = 1;
    queue.push(id);
  };
  for (const [id, world] of worlds.entries()) if (whole(world)) reach(id);
  for (let id = queue.pop(); id !== undefined; id = queue.pop())
    for (const earlier of before[id] ?? []) reach(earlier);
  const stuck = mends.indexOf(0);
  return stuck < 0 ? undefined : stuck;
}

const flags = (...all: readonly boolean[]) => all.reduce((sum, flag) => 2 * sum + (flag ? 1 : 0), 0);

function keyOf(world: World): string {
  const { primary, standby, leader, heir, acknowledged, written, crashes, nodes } = world;
  const keys = namesIn(world).map((name) => keyOfNode(nodes[name] as Node));
  return [primary, standby, leader, heir, acknowledged, written, crashes, ...keys].join();
}

function keyOfNode(node: Node): string {
  const { up, open, waits, confirmed, receives, admits, log, relay, pending, plan } = node;
  const step = plan ? Object.values(plan.step).join(".") : "";
  return [
    flags(up, open, waits, confirmed, plan?.current ?? false),
    receives,
    admits.join(""),
    log,
    relay,
    pending,
    step,
  ].join();
}
