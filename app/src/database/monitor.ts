import { choosePrimary, type DatabaseState } from "./choose.ts";
import type { Client } from "./client.ts";
import { type ProbeResult, probeDatabase, type Snapshot } from "./probe.ts";

/** Knows the databases' roles, because it asks them again and again. */
export interface Monitor {
  states(): readonly DatabaseState[];
  /** Asks all databases now. Resolves when answers are in that were asked for after this call. */
  probeNow(): Promise<void>;
  stop(): void;
}

/** Where the monitor logs what has changed. */
export interface Log {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

const INTERVAL_MS = 1000;

/**
 * Starts to watch the databases, each once a second. probeNow brings the first answers sooner. Nobody waits for a database
 * that does not answer: what the others say counts at once.
 */
export function startMonitor(clients: readonly Client[], log: Log): Monitor {
  let results: readonly ProbeResult[] = clients.map(({ name }) => ({
    state: { name, reachable: false, role: "unknown" },
  }));
  let snapshot: Snapshot | undefined;
  let known = "";

  const states = () => results.map((result) => result.state);

  async function ask(client: Client, index: number): Promise<void> {
    const takenAt = Date.now();
    const result = await probeDatabase(client, snapshot, results[index]);
    results = results.with(index, result);
    const { name, why } = choosePrimary(states());
    // Without a primary there is nothing to measure replicas against.
    if (name === undefined) snapshot = undefined;
    if (name === client.name && result.executed !== undefined)
      snapshot = { gtidSet: result.executed, takenAt };
    report(name, why);
  }

  function report(primary: string | undefined, why: string | undefined): void {
    const now = states().map(summary).join(", ");
    if (now === known) return;
    known = now;
    if (primary === undefined) log.warn({ databases: states(), why }, "no primary: writes are refused");
    else log.info({ databases: states(), primary }, "databases changed");
  }

  const asking = clients.map((client, index) => oneAtATime(() => ask(client, index)));
  const timer = setInterval(() => {
    for (const one of asking) if (!one.running()) void one.again();
  }, INTERVAL_MS);

  return {
    states,
    probeNow: async () => {
      await Promise.all(asking.map((one) => one.again()));
    },
    stop: () => clearInterval(timer),
  };
}

/** `again` resolves when the work has been done that began after the call: what is under way may know too little. */
function oneAtATime(work: () => Promise<void>) {
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;
  const start = (): Promise<void> => {
    const current = work().finally(() => {
      if (running === current) running = undefined;
    });
    running = current;
    return current;
  };
  return {
    running: () => running !== undefined,
    again(): Promise<void> {
      if (running === undefined) return start();
      queued ??= running.then(() => {
        queued = undefined;
        return start();
      });
      return queued;
    },
  };
}

function summary(state: DatabaseState): string {
  return [state.name, state.role, state.replicating, state.error].join(" ");
}
