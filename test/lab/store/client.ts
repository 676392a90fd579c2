import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { encode, type Field, Message } from "./protobuf.ts";

/** A key as the store has it. */
export interface Entry {
  readonly value: string;
  /** The revision of its last change: what a change compares with. */
  readonly revision: bigint;
  /** 0 if it belongs to no lease. */
  readonly lease: bigint;
}

/** A client of one member: gRPC over Node's own HTTP/2, known by its certificate. */
export class Store {
  readonly #session: ClientHttp2Session;

  constructor(url: string, tls: { readonly ca: string; readonly pair: string }) {
    this.#session = connect(url, { ca: tls.ca, cert: tls.pair, key: tls.pair, minVersion: "TLSv1.3" });
    // With TLS 1.3 a server refuses a certificate only after the handshake: what was asked first hears why.
    this.#session.on("error", () => undefined);
  }

  /** Linearizable: what a majority knows. */
  async get(key: string): Promise<Entry | undefined> {
    const [kv] = (await this.#call("KV/Range", [[1, key]])).all(2);
    return kv && entryOf(kv);
  }

  put(key: string, value: string, lease?: bigint): Promise<unknown> {
    return this.#call("KV/Put", [
      [1, key],
      [2, value],
      [3, lease],
    ]);
  }

  /** Puts a key if its last change is this revision, 0 if it must not be there. Answers whether it did. */
  async swap(key: string, revision: bigint, value: string, lease?: bigint): Promise<boolean> {
    const compare = encode([
      [1, 0],
      [2, 2],
      [3, key],
      [6, revision],
    ]);
    const put = encode([
      [1, key],
      [2, value],
      [3, lease],
    ]);
    const answer = await this.#call("KV/Txn", [
      [1, compare],
      [2, encode([[2, put]])],
    ]);
    return answer.number(2) === 1n;
  }

  /** A lease, which ends by itself after these seconds. */
  async grant(seconds: number): Promise<bigint> {
    return (await this.#call("Lease/LeaseGrant", [[1, seconds]])).number(2);
  }

  revoke(lease: bigint): Promise<unknown> {
    return this.#call("Lease/LeaseRevoke", [[1, lease]]);
  }

  /** Keeps a lease once. Answers the seconds that it has; 0 if it is over. */
  async keep(lease: bigint): Promise<number> {
    return Number((await this.#call("Lease/LeaseKeepAlive", [[1, lease]])).number(3));
  }

  /** Hears of each change of a key until `stop`. Resolves when the store watches. */
  watch(key: string, heard: (value: string | undefined) => void): Promise<{ stop: () => void }> {
    return new Promise((resolve, reject) => {
      const stream = this.#stream("Watch/Watch");
      stream.once("error", reject);
      messages(stream, (message) => {
        if (message.number(4) === 1n) return reject(new Error(message.bytes(6).toString()));
        if (message.number(3) === 1n) resolve({ stop: () => stream.close() });
        for (const event of message.all(11))
          heard(event.number(1) === 1n ? undefined : event.all(2)[0]?.bytes(5).toString());
      });
      stream.write(framed([[1, encode([[1, key]])]]));
    });
  }

  close(): void {
    this.#session.destroy();
  }

  #stream(method: string): ClientHttp2Stream {
    return this.#session.request({
      ":method": "POST",
      ":path": `/etcdserverpb.${method}`,
      "content-type": "application/grpc",
      te: "trailers",
      // A member that has lost the others says so, instead of saying nothing.
      hasleader: "true",
    });
  }

  #call(method: string, fields: readonly Field[]): Promise<Message> {
    return new Promise((resolve, reject) => {
      const stream = this.#stream(method);
      let answer: Message | undefined;
      let why: string | undefined;
      const note = (headers: Record<string, unknown>) => {
        if (headers["grpc-status"] !== undefined && headers["grpc-status"] !== "0")
          why = String(headers["grpc-message"]);
      };
      stream.setTimeout(SILENCE, () => stream.destroy(new Error("no answer")));
      stream.on("response", note);
      stream.on("trailers", note);
      stream.on("error", reject);
      stream.on("close", () => (answer && !why ? resolve(answer) : reject(new Error(why ?? "no answer"))));
      messages(stream, (message) => {
        answer = message;
      });
      stream.end(framed(fields));
    });
  }
}

// --- internal ---

/** For how many milliseconds a member may say nothing. */
const SILENCE = 1000;

const entryOf = (kv: Message): Entry => ({
  value: kv.bytes(5).toString(),
  revision: kv.number(3),
  lease: kv.number(6),
});

/** A message as gRPC sends it: uncompressed, with its length. */
function framed(fields: readonly Field[]): Buffer {
  const body = encode(fields);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

function messages(stream: ClientHttp2Stream, hear: (message: Message) => void): void {
  let waiting = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= 5 && waiting.length >= 5 + waiting.readUInt32BE(1)) {
      const end = 5 + waiting.readUInt32BE(1);
      hear(new Message(waiting.subarray(5, end)));
      waiting = waiting.subarray(end);
    }
  });
}
