import { Connection, type Tls } from "./grpc.ts";
import { encode, type Field, type Message } from "./protobuf.ts";

/** A key as the store has it. */
export interface Entry {
  readonly value: string;
  /** The revision of its last change: what a transaction compares with. */
  readonly revision: bigint;
  /** 0 if it belongs to no lease. */
  readonly lease: bigint;
}

/** Revisions that keys must have, 0 for those that must not be there; and what then becomes of keys, null to delete one. */
export interface Transaction {
  readonly expects: Readonly<Record<string, bigint>>;
  readonly changes: Readonly<Record<string, string | { value: string; lease: bigint } | null>>;
}

/**
 * etcd, by whichever member answers. What changes something is sent once only: if no answer comes, it may have happened or
 * may still happen, and the next call goes to another member.
 */
export class Etcd {
  readonly #open: (url: string) => Connection;
  readonly #urls: readonly string[];
  #at = 0;
  #connection: Connection | undefined;

  /** `silence`: for how many milliseconds a member may say nothing. */
  constructor(urls: readonly string[], tls: Tls, silence: number) {
    this.#urls = urls;
    this.#open = (url) => new Connection(url, tls, silence);
  }

  /** All keys that begin so, with their names' rest: what a majority knows. Asks each member in turn. */
  async below(prefix: string): Promise<ReadonlyMap<string, Entry>> {
    const answer = await this.#repeated("KV/Range", [
      [1, prefix],
      [2, endOf(prefix)],
    ]);
    return new Map(answer.all(2).map((kv) => [kv.bytes(1).toString().slice(prefix.length), entryOf(kv)]));
  }

  async get(key: string): Promise<Entry | undefined> {
    const [kv] = (await this.#repeated("KV/Range", [[1, key]])).all(2);
    return kv && entryOf(kv);
  }

  /** Answers with the revision. */
  async put(key: string, value: string, lease?: bigint): Promise<bigint> {
    const answer = await this.#once("KV/Put", putOf(key, value, lease));
    return answer.all(1)[0]?.number(3) ?? 0n;
  }

  /** Answers whether the keys were as they must be, and so have changed. */
  async change(transaction: Transaction): Promise<boolean> {
    const compares = Object.entries(transaction.expects).map(
      ([key, revision]): Field => [
        1,
        encode([
          [1, EQUAL],
          [2, LAST_CHANGE],
          [3, key],
          [6, revision],
        ]),
      ],
    );
    const changes = Object.entries(transaction.changes).map(([key, wanted]): Field => {
      if (wanted === null) return [2, encode([[3, encode([[1, key]])]])];
      const { value, lease } = typeof wanted === "string" ? { value: wanted, lease: undefined } : wanted;
      return [2, encode([[2, encode(putOf(key, value, lease))]])];
    });
    return (await this.#once("KV/Txn", [...compares, ...changes])).number(2) === 1n;
  }

  /** A lease, which ends by itself after these seconds. */
  async grant(seconds: number): Promise<bigint> {
    return (await this.#once("Lease/LeaseGrant", [[1, seconds]])).number(2);
  }

  async revoke(lease: bigint): Promise<void> {
    await this.#once("Lease/LeaseRevoke", [[1, lease]]);
  }

  /** Keeps a lease once. Answers the seconds that it has; 0 if it is over. */
  async keep(lease: bigint): Promise<number> {
    return Number((await this.#once("Lease/LeaseKeepAlive", [[1, lease]])).number(3));
  }

  /** Hears of each change of a key until `stop`. Resolves when the store watches. */
  watch(key: string, heard: (value: string | undefined) => void): Promise<{ stop: () => void }> {
    return new Promise((resolve, reject) => {
      const listening = this.#current().listen("etcdserverpb.Watch/Watch", [[1, encode([[1, key]])]], {
        failed: reject,
        message: (message) => {
          if (message.number(4) === 1n) return reject(new Error(message.bytes(6).toString()));
          if (message.number(3) === 1n) resolve(listening);
          for (const event of message.all(11))
            heard(event.number(1) === 1n ? undefined : event.all(2)[0]?.bytes(5).toString());
        },
      });
    });
  }

  close(): void {
    this.#connection?.close();
  }

  #current(): Connection {
    if (!this.#connection?.usable) this.#connection = this.#open(this.#urls[this.#at] ?? "");
    return this.#connection;
  }

  async #once(method: string, fields: readonly Field[]): Promise<Message> {
    try {
      return await this.#current().call(`etcdserverpb.${method}`, fields);
    } catch (error) {
      this.#connection?.close();
      this.#at = (this.#at + 1) % this.#urls.length;
      throw error;
    }
  }

  async #repeated(method: string, fields: readonly Field[]): Promise<Message> {
    for (let left = this.#urls.length - 1; ; left--)
      try {
        return await this.#once(method, fields);
      } catch (error) {
        if (left <= 0) throw error;
      }
  }
}

// --- internal ---

// Numbers of etcd's own protocol: https://github.com/etcd-io/etcd/blob/main/api/etcdserverpb/rpc.proto
const EQUAL = 0;
const LAST_CHANGE = 2;

const entryOf = (kv: Message): Entry => ({
  value: kv.bytes(5).toString(),
  revision: kv.number(3),
  lease: kv.number(6),
});

const putOf = (key: string, value: string, lease: bigint | undefined): Field[] => [
  [1, key],
  [2, value],
  [3, lease],
];

/** The first key behind all those that begin so. */
const endOf = (prefix: string) =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
