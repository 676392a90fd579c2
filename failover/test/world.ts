import type { Mysql, Peer, Seen, Store } from "../src/seen.ts";
import type { Step } from "../src/step.ts";

/**
 * Two databases, their managers and a store, as far as promotion knows them. A manager looks, decides, and acts later: in
 * between anything may happen. A manager or a machine that is frozen does not move, a network that is cut lets a look
 * see less. Writes are bits: a set of writes is a number.
 */
export interface World {
  readonly primary: Name;
  readonly standby: Name | null;
  readonly leader: Name | null;
  /** Whom the last leader has named when it gave the lease up. */
  readonly heir: Name | null;
  readonly A: Node;
  readonly B: Node;
  /** Writes that a client was told are safe. */
  readonly acknowledged: number;
  readonly written: number;
  readonly crashes: number;
}

export type Name = "A" | "B";

export interface Node {
  readonly up: boolean;
  readonly open: boolean;
  readonly waits: boolean;
  readonly confirmed: boolean;
  readonly receives: Name | null;
  /** Writes that it has applied, that it has received and not applied, and whose clients still wait. */
  readonly log: number;
  readonly relay: number;
  readonly pending: number;
  /** What its manager is about to do, or does. */
  readonly plan: Plan | null;
}

interface Plan {
  readonly step: Acting;
  /** `sync` is as it was when the manager looked. */
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
  /** `sync` is written without a look at what it was. */
  readonly swapsBlindly?: boolean;
}

export interface Bounds {
  readonly writes: number;
  readonly crashes: number;
}

export const start = (): World => ({
  ...{ primary: "A", standby: null, leader: "A", heir: null, acknowledged: 0, written: 0, crashes: 0 },
  A: node({ open: true }),
  B: node({}),
});

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
  for (const me of NAMES) {
    const mine = world[me];
    const change = (changed: Partial<Node>) => ({ ...world, [me]: { ...mine, ...changed } });
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
    yield* mysql(world, me, writes, change);
    if (mine.plan) yield* act(world, me, mine.plan, careless);
    else
      for (const step of deciding(world, me))
        yield [`${me} decides: ${step.do}`, change({ plan: { step: step as Acting, current: true } })];
  }
}

/** How managers decide by this rule. */
export function decidingBy(decide: (seen: Seen) => Step): Deciding {
  const known = new Map<string, readonly Step[]>();
  return (world, me) => {
    const seen = JSON.stringify(seenBy(world, me, () => false));
    const before = known.get(seen);
    if (before) return before;
    const found = new Map<string, Step>();
    for (let sight = 0; sight < 1 << SIGHTS.length; sight++) {
      const step = decide(seenBy(world, me, (what) => (sight & (1 << SIGHTS.indexOf(what))) !== 0));
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
  const has = (name: Name) => world[name].log | world[name].relay;
  if (acknowledged & ~has(primary)) return `an acknowledged write is not on ${primary}, the primary`;
  if (standby && acknowledged & ~has(standby))
    return `an acknowledged write is not on ${standby}, which may be promoted`;
  for (const name of NAMES) {
    const source = world[name].receives;
    if (source && world[source].open && world.primary === source && has(name) & ~world[source].log)
      return `${name} replicates, and has what its source never had`;
  }
  return undefined;
}

/** One primary that takes writes and waits for its standby, and both have the same. */
export function whole(world: World): boolean {
  const { primary, standby, leader } = world;
  if (standby === null || leader !== primary) return false;
  const [first, second] = [world[primary], world[standby]];
  return first.open && first.waits && second.receives === primary && first.log === second.log;
}

// --- internal ---

const NAMES: readonly Name[] = ["A", "B"];
const CLOSED = { open: false, waits: false, confirmed: false, pending: 0 };
const LONG = 1_000_000;

function node(differs: Partial<Node>): Node {
  return { ...CLOSED, up: true, receives: null, log: 0, relay: 0, plan: null, ...differs };
}

const peerOf = (name: Name): Name => (name === "A" ? "B" : "A");

/** Clients, replication and the applier: what happens without a manager. */
function* mysql(
  world: World,
  me: Name,
  writes: number,
  change: (changed: Partial<Node>) => World,
): Generator<readonly [string, World]> {
  const mine = world[me];
  const peer = world[peerOf(me)];
  const has = mine.log | mine.relay;
  if (mine.open && world.written < writes) {
    const write = 1 << world.written;
    yield [
      `a client writes on ${me}`,
      { ...change({ log: mine.log | write, pending: mine.pending | write }), written: world.written + 1 },
    ];
  }
  const ready = mine.waits ? mine.pending & (peer.log | peer.relay) : mine.pending;
  if (ready)
    yield [
      `${me} acknowledges`,
      { ...change({ pending: mine.pending & ~ready }), acknowledged: world.acknowledged | ready },
    ];
  const source = mine.receives && world[mine.receives];
  const missing = source?.up ? source.log & ~has : 0;
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
  const mine = world[me];
  const other = peerOf(me);
  const peer = world[other];
  const has = mine.log | mine.relay;
  const said = (what: string) => `${me}: ${what}`;
  const become = (changed: Partial<Node>, store: Partial<World> = {}): World => ({
    ...world,
    ...store,
    [me]: { ...mine, plan: null, ...changed },
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
    case "wait":
      yield [said("makes commits wait"), become({ waits: true, confirmed: false })];
      return;
    case "probe":
      // The manager's own write comes behind all others. Who has received it has received those.
      if (mine.open && mine.waits && (mine.log & ~(peer.log | peer.relay)) === 0)
        yield [said("has its own write confirmed"), become({ confirmed: true })];
      else yield [said("has its own write not confirmed"), become({})];
      return;
    case "publish":
      if (!swaps) yield nothing();
      else
        yield [said(`publishes ${step.standby}`), swapped(become({}), me, { standby: step.standby as Name })];
      return;
    case "attach":
      if (peer.up) yield [said(`is attached to ${step.to}`), become({ receives: step.to as Name })];
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
          plan: { step: { do: "copy", from: other }, current },
        }),
      ];
      return;
    case "copy":
      if (peer.up && peer.open) yield [said("is a copy"), become({ log: peer.log })];
      else yield [said("cannot be copied"), become({})];
      return;
  }
}

/** `sync` changes: whoever has looked before and compares, finds it changed. */
function swapped(world: World, me: Name, sync: Partial<World>): World {
  const other = peerOf(me);
  const plan = world[other].plan && { ...world[other].plan, current: false };
  return { ...world, ...sync, [other]: { ...world[other], plan } };
}

const SIGHTS = [
  "no store",
  "no peer",
  "nothing confirmed",
  "vacant for long",
  "near",
  "a switchover",
  "frozen",
] as const;

function seenBy(world: World, me: Name, sees: (what: (typeof SIGHTS)[number]) => boolean): Seen {
  const [mine, other] = [world[me], world[peerOf(me)]];
  const has = ({ log, relay }: Node) => log | relay;
  const store: Store = {
    sync: { term: 1, primary: world.primary, standby: world.standby },
    ...{ leader: world.leader, heir: world.heir, paused: false },
    vacantFor: sees("vacant for long") ? LONG : 0,
    wanted: sees("a switchover") ? world.standby : null,
  };
  const mysql: Mysql = {
    empty: false,
    ...{ open: mine.open, waits: mine.waits, confirmed: mine.confirmed, receives: mine.receives },
    stuckFor: sees("nothing confirmed") ? LONG : 0,
  };
  const peer: Peer = {
    ...{ open: other.open, receives: other.receives },
    hasMine: (has(mine) & ~has(other)) === 0,
    near: sees("near"),
  };
  return {
    me,
    store: sees("no store") ? null : store,
    mysql: sees("frozen") ? "frozen" : mysql,
    peers: { [peerOf(me)]: sees("no peer") || !other.up ? null : peer },
  };
}
