import type { Sync } from "./seen.ts";
import type { Etcd } from "./store/etcd.ts";
import { LEADER, SYNC, WANTED } from "./store/shared.ts";

/**
 * What runs and people ask of the managers, by the store. All of it has a lease: it is taken back by itself when whoever has
 * asked is gone.
 */
export class Requests {
  readonly #etcd: Etcd;
  readonly #prefix: string;

  constructor(etcd: Etcd, prefix: string) {
    this.#etcd = etcd;
    this.#prefix = prefix;
  }

  /** Who is the primary; undefined if the store does not know that yet. Throws if a majority cannot be asked. */
  async sync(): Promise<Sync | undefined> {
    const entry = await this.#etcd.get(this.#prefix + SYNC);
    return entry && JSON.parse(entry.value);
  }

  /** Asks for another primary in the place of this term's. Answers with what withdraws that. */
  async requestPrimary(term: number, name: string, seconds: number): Promise<() => Promise<void>> {
    const lease = await this.#etcd.grant(seconds);
    await this.#etcd.put(this.#prefix + WANTED, `${term} ${name}`, lease);
    return () => this.#etcd.revoke(lease);
  }

  /** Writes a key of the managers, or deletes it. */
  async put(key: string, value: string | null): Promise<void> {
    await this.#etcd.change({ expects: {}, changes: { [this.#prefix + key]: value } });
  }

  /**
   * Makes a database the primary of the term after this one, whatever it lacks. The former one, if it still takes writes and
   * reaches the store, ends at once. Answers false if the term is another one by now.
   */
  async force(name: string, term: number): Promise<boolean> {
    const key = this.#prefix + SYNC;
    const entry = await this.#etcd.get(key);
    if (!entry || JSON.parse(entry.value).term !== term)
      return JSON.parse(entry?.value ?? "{}").primary === name;
    // It may have nothing at all, and is to open all the same.
    const sync: Sync = { term: term + 1, primary: name, standby: null, newborn: true };
    return this.#etcd.change({
      expects: { [key]: entry.revision },
      changes: {
        [key]: JSON.stringify(sync),
        [this.#prefix + LEADER]: null,
        [this.#prefix + WANTED]: null,
      },
    });
  }

  /** Takes what only one may have at a time. Answers with what gives it back, or who has it. */
  async hold(what: string, me: string, seconds: number): Promise<(() => Promise<void>) | string> {
    const key = `${this.#prefix}${what}`;
    const lease = await this.#etcd.grant(seconds);
    const mine = await this.#etcd.change({
      expects: { [key]: 0n },
      changes: { [key]: { value: me, lease } },
    });
    if (!mine) {
      await this.#etcd.revoke(lease);
      return (await this.#etcd.get(key))?.value ?? "nobody";
    }
    const keeping = setInterval(
      () => void this.#etcd.keep(lease).catch(() => undefined),
      (seconds * 1000) / 4,
    );
    return () => {
      clearInterval(keeping);
      return this.#etcd.revoke(lease);
    };
  }
}
