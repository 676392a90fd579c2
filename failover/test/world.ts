import type { Mysql, Peer, Seen, Store } from "../src/seen.ts";
import type { Step } from "../src/step.ts";

/**
 * Two or three databases, their managers and a store, as far as promotion knows them. A manager observes, decides, and acts later: in
 * between anything may happen. A manager or a machine that is frozen does not move, a network that is cut lets an observation
 * see less. Writes are bits: a set of writes is a number.
 */
export interface World {
  readonly primary: Name;
  readonly standby: Name | null;
  readonly leader: Name | null;
  /** Whom the last leader has named when it gave the lease up. */
  readonly heir: Name | null;
  readonly nodes: Readonly<Partial<Record<Name, Node>>>;
  /** Writes that a client was told are safe. */
  readonly acknowledged: number;
  readonly written: number;
  readonly crashes: number;
}

export type Name = "A" | "B" | "C";

export interface Node {
  readonly up: boolean;
  readonly open: boolean;
  readonly waits: boolean;
  readonly confirmed: boolean;
  readonly receives: Name | null;
  /** The others that may receive from it. */
  readonly admits: readonly Name[];
  /** Writes that it has applied, that it has received and not applied, and whose clients still wait. */
  readonly log: number;
  readonly relay: number;
  readonly pending: number;
  /** What its manager is about to do, or does. */
  readonly plan: Plan | null;
}

interface Plan {
  readonly step: Acting;
  /** `sync` is as it was when the manager observed. */
  readonly current: boolean;
}

/** Steps, and the second halves of those that have two. */
type Acting =
  | Exclude<Step, { do: "nothing" }>
  | { do: "take writes"; waits: boolean }
  | { do: "wait no more" }
  | { do: "copy"; from: Name };

/** What the world does wrong, beside `decide`: a setting of MySQL, or a careless way to carry a step out. */
export interface Careless {
  /** relay_log_recovery=ON: a restart forgets what was received and not yet applied. */
  readonly forgetsRelay?: boolean;
  /** SIGTERM instead of SIGKILL: MySQL tells the clients that wait that their writes are safe. */
  readonly killsGracefully?: boolean;
  /** `sync` is written without an observation of what it was. */
  readonly swapsBlindly?: boolean;
  /** Whoever receives already goes on, and confirms, although it is let in no more. */
  readonly keepsConnections?: boolean;
}

export interface Bounds {
  readonly databases: 2 | 3;
  /** What managers may see otherwise than it is. @default all of it */
  readonly sights?: readonly Sight[];
  readonly writes: number;
  readonly crashes: number;
  /** Where it begins. @default a primary, and others that are empty */
  readonly from?: World;
  /** Most worlds that are looked at, those that are nearest. Then nothing is said of whether all become whole. */
  readonly most?: number;
}

export function start(databases: Bounds["databases"]): World {
  const names = ALL.slice(0, databases);
  const nodes = names.map((name) => [name, node({ open: name === "A", admits: others(name, names) })]);
  return {
    ...{ primary: "A", standby: null, leader: "A", heir: null, acknowledged: 0, written: 0, crashes: 0 },
    nodes: Object.fromEntries(nodes),
  };
}

/** Three that are whole: B is the standby, and C receives from it. */
export function chain(): World {
  const world = start(3);
  const nodes = {
    A: node({ open: true, waits: true, confirmed: true, admits: ["B"] }),
    B: node({ receives: "A", admits: ["A", "C"] }),
    C: node({ receives: "B", admits: ["A", "B"] }),
  };
  return { ...world, standby: "B", nodes };
}

/** All that the manager of `me` may decide in a world: a cut network, a clock or people let it see one thing or the other. */
export type Deciding = (world: World, me: Name) => readonly Step[];

/** All worlds that one event leads to, each with the event's name. */
export function* events(
  world: World,
  deciding: Deciding,
  { writes, crashes }: Bounds,
  careless: Careless = {},
): Generator<readonly [string, World]> {
  if (world.leader !== null) yield ["the lease ends", { ...world, leader: null, heir: null }];
  for (const me of namesIn(world)) {
    const mine = nodeOf(world, me);
    const change = (changed: Partial<Node>) => withNode(world, me, { ...mine, ...changed });
    if (!mine.up) {
      yield [`${me} starts`, change({ up: true })];
      continue;
    }
    if (world.crashes < crashes) {
      const relay = careless.forgetsRelay ? 0 : mine.relay;
      const ended = { ...CLOSED, relay };
      const more = { crashes: world.crashes + 1 };
      yield [
        `${me} loses its power`,
        { ...change({ ...ended, up: false, plan: null, receives: null }), ...more },
      ];
      yield [
        `${me}'s MySQL crashes, and is back, closed`,
        { ...change({ ...ended, receives: null }), ...more },
      ];
      if (mine.plan) yield [`${me}'s manager crashes`, { ...change({ plan: null }), ...more }];
    }
    yield* mysql(world, me, { writes, careless }, change);
    if (mine.plan) yield* act(world, me, mine.plan, careless);
    else
      for (const step of deciding(world, me))
        yield [`${me} decides: ${step.do}`, change({ plan: { step: step as Acting, current: true } })];
  }
}

/** How managers decide by this rule. */
export function decidingBy(decide: (seen: Seen) => Step, sights: readonly Sight[] = SIGHTS): Deciding {
  const known = new Map<string, readonly Step[]>();
  return (world, me) => {
    const seen = JSON.stringify(seenBy(world, me, () => false));
    const before = known.get(seen);
    if (before) return before;
    const found = new Map<string, Step>();
    for (let sight = 0; sight < 1 << sights.length; sight++) {
      const step = decide(seenBy(world, me, (what) => (sight & (1 << sights.indexOf(what))) !== 0));
      if (step.do !== "nothing") found.set(JSON.stringify(step), step);
    }
    const steps = [...found.values()];
    known.set(seen, steps);
    return steps;
  };
}

/** What must never be so; undefined if all is well. */
export function wrong(world: World): string | undefined {
  const { acknowledged, primary, standby } = world;
  const has = (name: Name) => hasOf(nodeOf(world, name));
  if (acknowledged & ~has(primary)) return `an acknowledged write is not on ${primary}, the primary`;
  if (standby && acknowledged & ~has(standby))
    return `an acknowledged write is not on ${standby}, which may be promoted`;
  for (const name of namesIn(world)) {
    const source = nodeOf(world, name).receives;
    if (source && nodeOf(world, source).open && primary === source && has(name) & ~nodeOf(world, source).log)
      return `${name} replicates, and has what its source never had`;
  }
  return undefined;
}

/** One primary that takes writes and waits for its standby, and both have the same. */
export function whole(world: World): boolean {
  const { primary, standby, leader } = world;
  if (standby === null || leader !== primary) return false;
  const [first, second] = [nodeOf(world, primary), nodeOf(world, standby)];
  const all = namesIn(world).every((name) => nodeOf(world, name).log === first.log);
  return first.open && first.waits && second.receives === primary && all;
}

export const namesIn = ({ nodes }: World) => Object.keys(nodes) as Name[];

// --- internal ---

const ALL: readonly Name[] = ["A", "B", "C"];
const CLOSED = { open: false, waits: false, confirmed: false, pending: 0 };
const LONG = 1_000_000;

function node(differs: Partial<Node>): Node {
  return { ...CLOSED, up: true, receives: null, admits: [], log: 0, relay: 0, plan: null, ...differs };
}

const others = (me: Name, names: readonly Name[]) => names.filter((name) => name !== me);
const hasOf = ({ log, relay }: Node) => log | relay;
const withNode = (world: World, name: Name, node: Node): World => ({
  ...world,
  nodes: { ...world.nodes, [name]: node },
});

function nodeOf({ nodes }: World, name: Name): Node {
  const node = nodes[name];
  if (!node) throw new Error(`no ${name}`);
  return node;
}

/** Which writes of a node somebody has confirmed, or still may. */
function confirmedFor(world: World, me: Name, { keepsConnections }: Careless): number {
  const { admits } = nodeOf(world, me);
  const confirming = namesIn(world).filter(
    (name) => admits.includes(name) || (keepsConnections && nodeOf(world, name).receives === me),
  );
  return confirming.reduce((sum, name) => sum | hasOf(nodeOf(world, name)), 0);
}

/** Clients, replication and the applier: what happens without a manager. */
function* mysql(
  world: World,
  me: Name,
  { writes, careless }: { readonly writes: number; readonly careless: Careless },
  change: (changed: Partial<Node>) => World,
): Generator<readonly [string, World]> {
  const mine = nodeOf(world, me);
  const has = hasOf(mine);
  if (mine.open && world.written < writes) {
    const write = 1 << world.written;
    yield [
      `a client writes on ${me}`,
      { ...change({ log: mine.log | write, pending: mine.pending | write }), written: world.written + 1 },
    ];
  }
  const ready = mine.waits ? mine.pending & confirmedFor(world, me, careless) : mine.pending;
  if (ready)
    yield [
      `${me} acknowledges`,
      { ...change({ pending: mine.pending & ~ready }), acknowledged: world.acknowledged | ready },
    ];
  const source = mine.receives && nodeOf(world, mine.receives);
  const missing =
    source?.up && (source.admits.includes(me) || careless.keepsConnections) ? source.log & ~has : 0;
  if (missing) yield [`${me} receives`, change({ relay: mine.relay | (missing & -missing) })];
  if (mine.relay && !mine.open) yield [`${me} applies`, change({ log: has, relay: 0 })];
}

/** What a plan leads to. */
function* act(
  world: World,
  me: Name,
  { step, current }: Plan,
  careless: Careless,
): Generator<readonly [string, World]> {
  const mine = nodeOf(world, me);
  const has = hasOf(mine);
  const said = (what: string) => `${me}: ${what}`;
  const become = (changed: Partial<Node>, store: Partial<World> = {}): World => ({
    ...withNode(world, me, { ...mine, plan: null, ...changed }),
    ...store,
  });
  const swaps = current || careless.swapsBlindly;
  const nothing = () => [said("does nothing, for the store has changed"), become({})] as const;
  switch (step.do) {
    case "revoke":
      yield [said("stops receiving"), become({ receives: null })];
      return;
    case "take":
      if (!swaps || world.leader !== null) yield nothing();
      else
        yield [
          said("takes the lead"),
          swapped(become({}), me, { primary: me, standby: null, leader: me, heir: null }),
        ];
      return;
    case "lead again":
      if (!swaps || world.leader !== null) yield nothing();
      else yield [said("leads again"), become({}, { leader: me, heir: null })];
      return;
    case "resign":
      if (world.leader !== me) yield nothing();
      else yield [said("resigns"), become({}, { leader: null, heir: step.heir as Name })];
      return;
    case "open":
      yield [
        said("applies all"),
        become({ log: has, relay: 0, plan: { step: { do: "take writes", waits: step.waits }, current } }),
      ];
      return;
    case "take writes":
      // What has come since then is thrown away with the relay log: RESET REPLICA ALL.
      yield [
        said("takes writes"),
        become({ relay: 0, receives: null, open: true, waits: step.waits, confirmed: false }),
      ];
      return;
    case "close":
      if (mine.pending === 0) yield [said("closes"), become({ open: false })];
      else yield [said("cannot close"), become({})];
      return;
    case "kill":
      yield [
        said("kills MySQL"),
        become(
          { ...CLOSED, receives: null },
          careless.killsGracefully ? { acknowledged: world.acknowledged | mine.pending } : {},
        ),
      ];
      return;
    case "go on alone":
      if (!swaps) yield nothing();
      else
        yield [
          said("says that it has no standby"),
          swapped(become({ plan: { step: { do: "wait no more" }, current } }), me, { standby: null }),
        ];
      return;
    case "wait no more":
      yield [said("commits wait no more"), become({ waits: false, confirmed: false })];
      return;
    case "admit": {
      const admits = step.only === null ? others(me, namesIn(world)) : [step.only as Name];
      yield [said(`lets in ${admits}`), become({ admits })];
      return;
    }
    case "let go":
      yield [said("lets commits go"), become({ waits: false, confirmed: false })];
      return;
    case "wait":
      yield [said("makes commits wait"), become({ waits: true, confirmed: false })];
      return;
    case "probe":
      // The manager's own write comes behind all others. Who has received it has received those.
      if (mine.open && mine.waits && (mine.log & ~confirmedFor(world, me, careless)) === 0)
        yield [said("has its own write confirmed"), become({ confirmed: true })];
      else yield [said("has its own write not confirmed"), become({})];
      return;
    case "publish":
      if (!swaps) yield nothing();
      else
        yield [said(`publishes ${step.standby}`), swapped(become({}), me, { standby: step.standby as Name })];
      return;
    case "attach":
      if (nodeOf(world, step.to as Name).up)
        yield [said(`is attached to ${step.to}`), become({ receives: step.to as Name })];
      else yield [said("is not attached"), become({})];
      return;
    case "clone":
      yield [
        said("throws its data away"),
        become({
          ...CLOSED,
          log: 0,
          relay: 0,
          receives: null,
          plan: { step: { do: "copy", from: step.from as Name }, current },
        }),
      ];
      return;
    case "copy": {
      const { up, open, receives, log } = nodeOf(world, step.from);
      if (up && (open || receives)) yield [said("is a copy"), become({ log })];
      else yield [said("cannot be copied"), become({})];
      return;
    }
  }
}

/** `sync` changes: whoever has observed before and compares, finds it changed. */
function swapped(world: World, me: Name, sync: Partial<World>): World {
  const stale = others(me, namesIn(world)).reduce((before, name) => {
    const node = nodeOf(before, name);
    return withNode(before, name, { ...node, plan: node.plan && { ...node.plan, current: false } });
  }, world);
  return { ...stale, ...sync };
}

const SIGHTS = [
  "no store",
  "no peer",
  "no other peer",
  "nothing confirmed",
  "vacant for long",
  "near",
  "not reached",
  "a switchover",
  "frozen",
] as const;

type Sight = (typeof SIGHTS)[number];

function seenBy(world: World, me: Name, sees: (what: Sight) => boolean): Seen {
  const mine = nodeOf(world, me);
  const store: Store = {
    sync: { term: 1, primary: world.primary, standby: world.standby },
    ...{ leader: world.leader, heir: world.heir, paused: false },
    vacantFor: sees("vacant for long") ? LONG : 0,
    wanted: sees("a switchover") ? world.standby : null,
  };
  const mysql: Mysql = {
    empty: false,
    ...{ open: mine.open, waits: mine.waits, confirmed: mine.confirmed, receives: mine.receives },
    admits: mine.admits,
    stuckFor: sees("nothing confirmed") ? LONG : 0,
    reaches: mine.receives !== null && !sees("not reached"),
  };
  const peers = others(me, namesIn(world)).map((name, index) => {
    const other = nodeOf(world, name);
    const peer: Peer = {
      ...{ open: other.open, receives: other.receives, admits: other.admits },
      hasMine: (hasOf(mine) & ~hasOf(other)) === 0,
      near: sees("near"),
    };
    return [name, sees(index === 0 ? "no peer" : "no other peer") || !other.up ? null : peer];
  });
  return {
    me,
    store: sees("no store") ? null : store,
    mysql: sees("frozen") ? "frozen" : mysql,
    peers: Object.fromEntries(peers),
  };
}
