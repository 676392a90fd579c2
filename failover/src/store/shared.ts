import { randomUUID } from "node:crypto";
import type { Store, Sync } from "../seen.ts";
import type { Entry, Etcd, Transaction } from "./etcd.ts";

/** Another manager has begun under the same name. It is the one now. */
export class Replaced extends Error {}

/** Nobody has written into the store yet who the primary is. */
export class Empty extends Error {}

/**
 * What all managers share. Each change is made only if `sync` is as at the last observation, and if no other manager of this name
 * has begun since. If a change gets no answer, nobody knows whether it has happened or will: the next observation first makes
 * sure that it cannot happen any more.
 */
export class Shared {
  readonly #etcd: Etcd;
  readonly #prefix: string;
  readonly #me: string;
  readonly #leaseSeconds: number;
  /** The revision of this manager's own key. Undefined before the first observation, and while a change may still be on its way. */
  #own: bigint | undefined;
  #keys: ReadonlyMap<string, Entry> = new Map();
  #vacantSince: number | undefined;
  #keptAt = 0;

  constructor(
    etcd: Etcd,
    { prefix, me, leaseSeconds }: { prefix: string; me: string; leaseSeconds: number },
  ) {
    this.#etcd = etcd;
    this.#prefix = prefix;
    this.#me = me;
    this.#leaseSeconds = leaseSeconds;
  }

  /** What the store says now. Keeps the lease, if it is this manager's. Throws if a majority cannot be asked, Empty, or Replaced. */
  async observe(): Promise<Store> {
    const first = this.#own === undefined;
    this.#own ??= await this.#etcd.put(this.#prefix + this.#ownKey, randomUUID());
    this.#keys = await this.#etcd.below(this.#prefix);
    if (this.#keys.get(this.#ownKey)?.revision !== this.#own) {
      if (first) throw new Error("the store has changed meanwhile");
      throw new Replaced(`another manager has begun as ${this.#me}`);
    }
    const sync = this.#sync();
    const leader = this.#keys.get(LEADER);
    const now = performance.now();
    this.#vacantSince = leader ? undefined : (this.#vacantSince ?? now);
    if (leader?.value === this.#me) await this.#keep(leader.lease, now);
    const wanted = this.#keys.get(WANTED)?.value.split(" ");
    return {
      sync,
      leader: leader?.value ?? null,
      heir: this.#keys.get(HEIR)?.value ?? null,
      vacantFor: now - (this.#vacantSince ?? now),
      paused: this.#keys.has(PAUSED),
      wanted: wanted?.[0] === `${sync.term}` ? (wanted[1] ?? null) : null,
    };
  }

  /** The lead of the next term. Answers whether it is this manager's now. */
  take(): Promise<boolean> {
    return this.#lead({ term: this.#sync().term + 1, primary: this.#me, standby: null });
  }

  /** The lease again, if nobody has it. */
  leadAgain(): Promise<boolean> {
    return this.#lead();
  }

  /** Gives the lease up, for this heir. */
  resign(heir: string): Promise<boolean> {
    return this.#change({ [LEADER]: this.#revision(LEADER) }, { [LEADER]: null, [HEIR]: heir });
  }

  /** Says which replica has all that was ever acknowledged, or that none does. Written even if it says so already. */
  publish(standby: string | null): Promise<boolean> {
    const { term, primary } = this.#sync();
    const sync: Sync = { term, primary, standby };
    return this.#change({}, { [SYNC]: JSON.stringify(sync) });
  }

  /** Says who the primary is, in a store that does not know that. Answers whether it did not. Terms go on after `before`. */
  seed(primary: string, before = 0): Promise<boolean> {
    const sync: Sync = { term: before + 1, primary, standby: null, newborn: true };
    const key = this.#prefix + SYNC;
    return this.#etcd.change({ expects: { [key]: 0n }, changes: { [key]: JSON.stringify(sync) } });
  }

  // --- internal ---

  get #ownKey(): string {
    return `managers/${this.#me}`;
  }

  #sync(): Sync {
    const found = this.#keys.get(SYNC);
    if (found === undefined) throw new Empty("the store does not know yet who the primary is");
    return JSON.parse(found.value);
  }

  #revision(key: string): bigint {
    return this.#keys.get(key)?.revision ?? 0n;
  }

  async #lead(sync?: Sync): Promise<boolean> {
    const lease = await this.#etcd.grant(this.#leaseSeconds);
    this.#keptAt = performance.now();
    const leads = await this.#change(
      { [LEADER]: 0n },
      {
        ...(sync && { [SYNC]: JSON.stringify(sync), [WANTED]: null }),
        [LEADER]: { value: this.#me, lease },
        [HEIR]: null,
      },
    );
    if (!leads) await this.#etcd.revoke(lease).catch(() => undefined);
    return leads;
  }

  async #change(compares: Transaction["expects"], changes: Transaction["changes"]): Promise<boolean> {
    const own = this.#own;
    if (own === undefined) throw new Error("a change before an observation");
    const named = <T>(keys: Readonly<Record<string, T>>) =>
      Object.fromEntries(Object.entries(keys).map(([key, value]) => [this.#prefix + key, value]));
    this.#own = undefined;
    const changed = await this.#etcd.change({
      expects: named({ [SYNC]: this.#revision(SYNC), [this.#ownKey]: own, ...compares }),
      changes: named(changes),
    });
    this.#own = own;
    return changed;
  }

  /** A lease that cannot be kept ends by itself. No write hangs on it. */
  async #keep(lease: bigint, now: number): Promise<void> {
    if (now - this.#keptAt < (1000 * this.#leaseSeconds) / 5) return;
    this.#keptAt = now;
    await this.#etcd.keep(lease).catch(() => undefined);
  }
}

export const SYNC = "sync";
export const LEADER = "leader";
const HEIR = "heir";
export const PAUSED = "paused";
/** A switchover: the term in which people want it, and the database. */
export const WANTED = "wanted";
