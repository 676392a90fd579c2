import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { encode, type Field, Message } from "./protobuf.ts";

/** By what a client and a server know each other, as PEM: the authority of both, and the client's certificate with its key. */
export interface Tls {
  readonly authority: string;
  readonly pair: string;
}

/** A connection to one gRPC server, over Node's own HTTP/2. */
export class Connection {
  readonly #session: ClientHttp2Session;
  readonly #silence: number;

  /** `silence`: for how many milliseconds the server may say nothing before a call fails. */
  constructor(url: string, { authority, pair }: Tls, silence: number) {
    this.#silence = silence;
    this.#session = connect(url, { ca: authority, cert: pair, key: pair, minVersion: "TLSv1.3" });
    // With TLS 1.3 a server refuses a certificate only after the handshake: what was asked first hears why.
    this.#session.on("error", () => undefined);
  }

  get usable(): boolean {
    return !this.#session.closed && !this.#session.destroyed;
  }

  /** Calls a method with one message, and answers with the first one that comes. Throws with what the server says. */
  call(method: string, fields: readonly Field[]): Promise<Message> {
    return new Promise((resolve, reject) => {
      const stream = this.#stream(method);
      let answer: Message | undefined;
      let why: string | undefined;
      const note = (headers: Record<string, unknown>) => {
        if (headers["grpc-status"] !== undefined && headers["grpc-status"] !== "0")
          why = String(headers["grpc-message"]);
      };
      stream.setTimeout(this.#silence, () => stream.destroy(new Error("no answer")));
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

  /** Sends one message, and hears each one that comes, until `stop`. */
  listen(
    method: string,
    fields: readonly Field[],
    heard: { message: (message: Message) => void; failed: (error: Error) => void },
  ): { stop: () => void } {
    const stream = this.#stream(method);
    stream.once("error", heard.failed);
    messages(stream, heard.message);
    stream.write(framed(fields));
    return { stop: () => stream.close() };
  }

  close(): void {
    this.#session.destroy();
  }

  #stream(method: string): ClientHttp2Stream {
    return this.#session.request({
      ":method": "POST",
      ":path": `/${method}`,
      "content-type": "application/grpc",
      te: "trailers",
      // A member of etcd that has lost the others says so, instead of saying nothing.
      hasleader: "true",
    });
  }
}

// --- internal ---

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
