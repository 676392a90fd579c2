import { setTimeout as sleep } from "node:timers/promises";

/** Others do not wait longer than this for a first host that hangs, in milliseconds. */
const PATIENCE = 10_000;

/**
 * Lets the hosts of a run begin when the first of them has its lock. Of runs that start together one gets the first host and
 * with it all others; the rest are refused there and change nothing. Locks on each host alone would give every run some.
 */
export class StartGate {
  /** The first host has its lock, or will never have it. */
  readonly open: () => void;
  readonly #opened: Promise<void>;
  #queued = false;

  constructor() {
    let resolved = () => {};
    this.#opened = new Promise((resolve) => {
      resolved = resolve;
    });
    this.open = resolved;
  }

  /** The first host waits behind another run, as it was asked to: then all wait. */
  queue(): void {
    this.#queued = true;
  }

  /** Resolves when a host may begin. */
  async pass(): Promise<void> {
    const impatient = sleep(PATIENCE, undefined, { ref: false }).then(() =>
      this.#queued ? this.#opened : undefined,
    );
    await Promise.race([this.#opened, impatient]);
  }
}
