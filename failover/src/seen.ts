/** What the store says. It changes by compare and swap only, so it is never a promise of two. */
export interface Store {
  readonly sync: Sync;
  /** Who holds the lease now; null if nobody does. */
  readonly leader: string | null;
  /** Whom a leader that gave the lease up on purpose has named; then nobody waits. Null if it ended by itself. */
  readonly heir: string | null;
  /** How long there has been no leader, in milliseconds, as far as this manager has seen. */
  readonly vacantFor: number;
  /** People have told the managers to promote nobody. */
  readonly paused: boolean;
  /** People want this database to be the primary. */
  readonly wanted: string | null;
}

/** What stays known for ever: which database is the primary, and which one has all that was ever acknowledged. */
export interface Sync {
  /** Grows by one with each primary. */
  readonly term: number;
  readonly primary: string;
  /** The only one that may be promoted; null while the primary is alone. */
  readonly standby: string | null;
  /** Nobody has ever said who the standby is, or that there is none: the primary may begin with nothing. */
  readonly newborn?: true;
}

/** What this machine's MySQL says. */
export interface Mysql {
  /** It takes writes. */
  readonly open: boolean;
  /** It has no transaction at all, as on a machine that was made anew. */
  readonly empty: boolean;
  /** Commits wait until a standby has confirmed them (semi-synchronous replication is on). */
  readonly waits: boolean;
  /** A write that this manager made after commits began to wait has been confirmed. */
  readonly confirmed: boolean;
  /** How long nothing could be confirmed, in milliseconds: no standby is connected, or a commit waits. */
  readonly stuckFor: number;
  /** The database that it receives from, or tries to; null if its receiver is stopped. */
  readonly receives: string | null;
  /** Its receiver is connected. If not, it tries again and again. */
  readonly reaches: boolean;
  /** The other databases that may receive from it, or do. Each of those may confirm its commits. */
  readonly admits: readonly string[];
}

/** No process; one that has not answered yet, as after a crash; one that has answered and does not any more. */
export type Absent = "gone" | "starting" | "frozen";

/** What another database says, by its manager. */
export interface Peer {
  readonly open: boolean;
  readonly receives: string | null;
  readonly admits: readonly string[];
  /** It has every transaction that this machine's MySQL has, received or applied. */
  readonly hasMine: boolean;
  /** It has every transaction that this machine's MySQL had a moment ago. While there are writes it never has the newest. */
  readonly near: boolean;
}

/** All that one decision knows. What could not be asked is null. */
export interface Seen {
  readonly me: string;
  readonly store: Store | null;
  readonly mysql: Mysql | Absent;
  readonly peers: Readonly<Record<string, Peer | null>>;
}
