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

/** Starts to watch the databases, once a second. probeNow brings the first answers sooner. */
export function startMonitor(clients: readonly Client[], log: Log): Monitor {
  let results: readonly ProbeResult[] = clients.map(({ name }) => ({
    state: { name, reachable: false, role: "unknown" },
  }));
  let snapshot: Snapshot | undefined;
  let known = "";
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;
  let stopped = false;

  const states = () => results.map((result) => result.state);

  async function round(): Promise<void> {
    const startedAt = Date.now();
    results = await Promise.all(
      clients.map((client, index) => probeDatabase(client, snapshot, results[index])),
    );
    const { name, why } = choosePrimary(states());
    const executed = results.find((result) => result.state.name === name)?.executed;
    // Without a primary there is nothing to measure replicas against.
    snapshot = executed === undefined ? undefined : { gtidSet: executed, takenAt: startedAt };
    report(name, why);
  }

  function report(primary: string | undefined, why: string | undefined): void {
    const now = states().map(summary).join(", ");
    if (now === known) return;
    known = now;
    if (primary === undefined) log.warn({ databases: states(), why }, "no primary: writes are refused");
    else log.info({ databases: states(), primary }, "databases changed");
  }

  function start(): Promise<void> {
    const current = round().finally(() => {
      if (running === current) running = undefined;
    });
    running = current;
    return current;
  }

  function probeNow(): Promise<void> {
    if (running === undefined) return start();
    // The round under way may have asked before the failure that the caller has seen, so another one follows.
    queued ??= running.then(() => {
      queued = undefined;
      return start();
    });
    return queued;
  }

  const timer = setInterval(() => {
    if (running === undefined && !stopped) void start();
  }, INTERVAL_MS);

  return {
    states,
    probeNow,
    stop: () => {
      stopped = true;
      clearInterval(timer);
    },
  };
}

function summary(state: DatabaseState): string {
  return [state.name, state.role, state.replicating, state.error].join(" ");
}
