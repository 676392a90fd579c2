import type { Absent, Mysql, Seen, Store, Sync } from "./seen.ts";
import type { Step } from "./step.ts";

/** Milliseconds. */
export const TIMES = {
  /** Without a leader: a primary that is well may take the lease again before somebody else does. */
  grace: 1000,
  /** Without a confirmation: then the primary goes on alone. Writes wait longer than this: docs/measured/failover.md. */
  alone: 1500,
  /** Without a confirmation, nor a store that could say it: then the primary ends, so that its clients hear of it. */
  helpless: 2000,
  /** With an heir that does not take the lead. */
  handOver: 2000,
} as const;

/**
 * What the manager of one database does next. It is the whole rule by which no acknowledged write is ever lost:
 *
 * - Only the published standby is promoted, and it has all that was ever acknowledged.
 * - It stops receiving before it takes the lead. So the old primary, which waits for it, acknowledges nothing more.
 * - A primary goes on alone only after the store says that it has no standby.
 * - A standby is published only while commits wait for it, and after it has confirmed one of them.
 *
 * The lease tells only that somebody is gone: it may end at any time, and no write is lost by it.
 */
export function decide(seen: Seen): Step {
  const { me, store, mysql } = seen;
  if (store === null) return withoutStore(seen);
  if (typeof mysql === "string") return withoutMysql(me, store, mysql);
  if (store.sync.primary === me) return asPrimary(seen, store, mysql);
  // Commits may be waiting. To stop it any other way would acknowledge them.
  if (mysql.open) return { do: "kill" };
  const maySucceed = store.sync.standby === me && store.leader === null && !store.paused;
  if (maySucceed && (store.heir === me || store.vacantFor >= TIMES.grace)) return succeed(mysql);
  return asReplica(seen, store, mysql);
}

// --- internal ---

const nothing = (why: string): Step => ({ do: "nothing", why });

/** The site goes on. Only who can acknowledge nothing any more ends the waiting of its clients. */
function withoutStore({ mysql }: Seen): Step {
  if (typeof mysql === "string") return nothing("the store is away");
  if (mysql.open && mysql.waits && mysql.stuckFor >= TIMES.helpless) return { do: "kill" };
  return nothing("the store is away");
}

function withoutMysql(me: string, { sync, leader }: Store, absent: Absent): Step {
  if (leader === me && sync.standby !== null) return { do: "resign", heir: sync.standby };
  return absent === "frozen" ? { do: "kill" } : nothing(`MySQL is ${absent}`);
}

function asPrimary(seen: Seen, store: Store, mysql: Mysql): Step {
  const { me } = seen;
  const { standby } = store.sync;
  const gives = store.wanted !== null && store.wanted === standby && !store.paused;
  if (store.leader === null) {
    if (gives && store.heir === standby && store.vacantFor < TIMES.handOver)
      return nothing("the heir takes the lead");
    return { do: "lead again" };
  }
  if (store.leader !== me) return nothing(`${store.leader} holds the lease of another term`);
  if (gives && mysql.stuckFor < TIMES.alone) return handOver(seen, standby, mysql);
  if (!mysql.open) return opening(store.sync, mysql);
  if (standby === null) return findStandby(seen, mysql);
  // Somebody has switched it off by hand, or has let another one in.
  if (!mysql.waits || !admitsOnly(standby, mysql)) return { do: "go on alone" };
  return mysql.stuckFor >= TIMES.alone ? { do: "go on alone" } : nothing(`${standby} confirms all`);
}

/** A primary whose data are gone opens only if it never had any: another database may have more. */
function opening({ standby, newborn }: Sync, { empty }: Mysql): Step {
  if (empty && !newborn) return nothing("what this primary had is gone");
  return { do: "open", waits: standby !== null };
}

/** A switchover: closed, and the standby has all. Its receiver still runs, so whatever waited is confirmed. */
function handOver({ peers }: Seen, standby: string, { open }: Mysql): Step {
  if (open) return { do: "close" };
  if (peers[standby]?.hasMine) return { do: "resign", heir: standby };
  return nothing(`${standby} does not have everything yet`);
}

/**
 * Alone, or on the way to be no longer so. In this order: one replica is let in and nobody else, commits wait, one is
 * confirmed, the standby is published.
 */
function findStandby({ me, peers }: Seen, mysql: Mysql): Step {
  const name = candidate(peers, mysql);
  const attached = name !== undefined && peers[name]?.receives === me && admitsOnly(name, mysql);
  if (mysql.waits) {
    if (!attached || mysql.stuckFor >= TIMES.alone) return { do: "go on alone" };
    return mysql.confirmed ? { do: "publish", standby: name } : { do: "probe" };
  }
  if (name === undefined) return nothing("there is no replica");
  if (!admitsOnly(name, mysql)) return { do: "admit", only: name };
  if (!attached) return nothing(`${name} does not receive from here yet`);
  return peers[name]?.near ? { do: "wait" } : nothing(`${name} catches up`);
}

/** The replica that is let in, as long as its manager answers; or else one whose manager does, which follows already if one does. */
function candidate(peers: Seen["peers"], { admits }: Mysql): string | undefined {
  const there = Object.keys(peers).filter((name) => peers[name]);
  const admitted = there.find((name) => admits.length === 1 && admits[0] === name);
  return admitted ?? there.find((name) => peers[name]?.receives !== null) ?? there[0];
}

const admitsOnly = (name: string, { admits }: Mysql) => admits.length === 1 && admits[0] === name;

/** First the receiver stops, then the store is asked: it must still say so then. */
function succeed({ receives }: Mysql): Step {
  return receives === null ? { do: "take" } : { do: "revoke" };
}

/** The primary lets one replica receive from it, which confirms its commits. All others receive from that one. */
function asReplica({ me, peers }: Seen, { sync }: Store, mysql: Mysql): Step {
  const { receives, admits, waits } = mysql;
  if (waits) return { do: "let go" };
  // MySQL cannot stop a receiver while it connects, which to a machine that is off takes seconds: a promotion would wait.
  if (receives !== null && !mysql.reaches && peers[receives] === null) return { do: "revoke" };
  const { primary, standby } = sync;
  const head = peers[primary];
  if (!head?.open) return nothing(`${primary} does not take writes`);
  const source = head.admits.includes(me) ? primary : head.admits[0];
  const from = peers[source ?? ""];
  if (source === undefined || !from) return nothing(`${primary} lets nobody in who answers`);
  if (receives === source && admits.length < Object.keys(peers).length) return { do: "admit", only: null };
  if (receives === source) return nothing(`receives from ${source}`);
  // As long as it receives, it may get what its next source never had.
  if (receives !== null) return { do: "revoke" };
  if (from.hasMine) return { do: "attach", to: source };
  // What it has and the primary lacks was never acknowledged. But as long as it may be promoted, it keeps what it has.
  if (standby === me) return nothing(`${primary} does not know yet that this is no standby`);
  if (head.hasMine) return nothing(`${source} does not have everything yet`);
  return { do: "clone", from: source };
}
