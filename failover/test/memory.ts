import type { Entry, Etcd, Transaction } from "../src/store/etcd.ts";

/** A store in memory, with etcd's revisions. Its next answers may get lost, and what was asked may happen later. */
export class Memory {
  readonly #keys = new Map<string, Entry>();
  #revision = 1n;
  #leases = 0n;
  /** What has been asked and has not happened yet. */
  readonly onTheirWay: (() => void)[] = [];
  /** What becomes of the next change: it happens, and its answer is lost; or it is still on its way when its asker gives up. */
  next: "answered" | "answer lost" | "on its way" = "answered";

  readonly etcd = {
    put: async (key: string, value: string, lease = 0n) => this.#set(key, value, lease),
    get: async (key: string) => this.#keys.get(key),
    below: async (prefix: string) =>
      new Map(
        [...this.#keys].flatMap(([key, entry]) =>
          key.startsWith(prefix) ? [[key.slice(prefix.length), entry] as const] : [],
        ),
      ),
    change: async (transaction: Transaction) => {
      const fate = this.next;
      this.next = "answered";
      if (fate === "on its way") {
        this.onTheirWay.push(() => this.#changed(transaction));
        throw new Error("no answer");
      }
      const changed = this.#changed(transaction);
      if (fate === "answer lost") throw new Error("no answer");
      return changed;
    },
    grant: async () => ++this.#leases,
    keep: async () => 3,
    revoke: async (lease: bigint) => this.end(lease),
  } as unknown as Etcd;

  /** A lease ends, and its keys with it. */
  end(lease = this.#leases): void {
    for (const [key, entry] of this.#keys) if (entry.lease === lease) this.#keys.delete(key);
  }

  value(key: string): string | undefined {
    return this.#keys.get(key)?.value;
  }

  // --- internal ---

  #set(key: string, value: string, lease: bigint): bigint {
    this.#revision++;
    this.#keys.set(key, { value, lease, revision: this.#revision });
    return this.#revision;
  }

  #changed({ expects, changes }: Transaction): boolean {
    const is = ([key, revision]: [string, bigint]) => (this.#keys.get(key)?.revision ?? 0n) === revision;
    if (!Object.entries(expects).every(is)) return false;
    for (const [key, wanted] of Object.entries(changes)) {
      if (wanted === null) this.#keys.delete(key);
      else if (typeof wanted === "string") this.#set(key, wanted, 0n);
      else this.#set(key, wanted.value, wanted.lease);
    }
    return true;
  }
}
