import type { Absent, Mysql, Seen, Store, Sync } from "./seen.ts";
import type { Step } from "./step.ts";

/** Milliseconds. */
export const TIMES = {
  /** Without a leader: a primary that is well may take the lease again before somebody else does. */
  grace: 1000,
  /** Without a confirmation: then the primary goes on alone. */
  alone: 2000,
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
  if (mysql.open && mysql.waits && mysql.stuckFor >= TIMES.alone) return { do: "kill" };
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
    if (gives && store.heir === standby && store.vacantFor < TIMES.alone)
      return nothing("the heir takes the lead");
    return { do: "lead again" };
  }
  if (store.leader !== me) return nothing(`${store.leader} holds the lease of another term`);
  if (gives && mysql.stuckFor < TIMES.alone) return handOver(seen, standby, mysql);
  if (!mysql.open) return opening(store.sync, mysql);
  if (standby === null) return findStandby(seen, mysql);
  // Somebody has switched it off by hand.
  if (!mysql.waits) return { do: "go on alone" };
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

/** Alone, or on the way to be no longer so: in this order commits wait, one is confirmed, the standby is published. */
function findStandby({ me, peers }: Seen, mysql: Mysql): Step {
  const attached = Object.entries(peers).find(([, peer]) => peer?.receives === me);
  if (!mysql.waits) {
    const [name, peer] = attached ?? [];
    if (name === undefined) return nothing("there is no replica");
    return peer?.near ? { do: "wait" } : nothing(`${name} catches up`);
  }
  if (attached === undefined || mysql.stuckFor >= TIMES.alone) return { do: "go on alone" };
  return mysql.confirmed ? { do: "publish", standby: attached[0] } : { do: "probe" };
}

/** First the receiver stops, then the store is asked: it must still say so then. */
function succeed({ receives }: Mysql): Step {
  return receives === null ? { do: "take" } : { do: "revoke" };
}

function asReplica({ me, peers }: Seen, { sync }: Store, { receives }: Mysql): Step {
  const { primary, standby } = sync;
  const peer = peers[primary];
  if (receives === primary) return nothing(`receives from ${primary}`);
  if (!peer?.open) return nothing(`${primary} does not take writes`);
  if (peer.hasMine) return { do: "attach", to: primary };
  // What it has and the primary lacks was never acknowledged. But as long as it may be promoted, it keeps what it has.
  if (standby === me) return nothing(`${primary} does not know yet that this is no standby`);
  return { do: "clone", from: primary };
}
