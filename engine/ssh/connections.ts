import type { Host } from "../model/inventory/index.ts";
import { rejectOnAbort } from "../util/abort.ts";
import { UnreachableError } from "../util/errors.ts";
import { Connection } from "./connection.ts";
import { Dialer } from "./dialer.ts";
import { targetOf } from "./target.ts";

/** The connections of a run, one a host. If its signal fires, they end: each host stops before its next resource. */
export class Connections {
  readonly #dialer = new Dialer();
  readonly #opened = new Map<string, Promise<Connection>>();
  readonly #signal: AbortSignal | undefined;
  readonly #aborted: Promise<never>;
  readonly #report: (host: Host, ms: number) => void;

  constructor(signal: AbortSignal | undefined, report: (host: Host, ms: number) => void) {
    this.#signal = signal;
    this.#report = report;
    this.#aborted = rejectOnAbort(signal, () => new UnreachableError("interrupted"));
    this.#aborted.catch(() => this.close());
  }

  /** The connection to a host. The first caller opens it. Rejects with UnreachableError. */
  to(host: Host): Promise<Connection> {
    const opened = this.#opened.get(host.name) ?? this.#open(host);
    this.#opened.set(host.name, opened);
    return opened;
  }

  /** Ends all connections. One that is still being opened when the run is interrupted ends as soon as it is open. */
  async close(): Promise<void> {
    const ended = [...this.#opened.values()].map((opened) => opened.then((connection) => connection.close()));
    await Promise.allSettled(ended);
  }

  #open(host: Host): Promise<Connection> {
    const began = Date.now();
    const opening = targetOf(host).then((target) => Connection.open(target, this.#dialer));
    opening.then(
      (connection) => (this.#signal?.aborted ? connection.close() : this.#report(host, Date.now() - began)),
      () => undefined,
    );
    const opened = Promise.race([opening, this.#aborted]);
    opened.catch(() => undefined);
    return opened;
  }
}
