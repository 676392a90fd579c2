import type { Config } from "../config.ts";
import { makeClient } from "./client.ts";
import { within } from "./deadline.ts";
import { Unavailable } from "./failures.ts";
import { type Log, startMonitor } from "./monitor.ts";
import { makeRead } from "./reading.ts";
import type { Database, Hosts } from "./types.ts";
import { makeWrite } from "./writing.ts";

/** Opens the databases and asks for their roles once. Does not fail if they cannot be reached: they may come later. */
export async function openDatabase(config: Config, log: Log): Promise<Database> {
  const clients = new Map(config.databases.map((host) => [host.name, makeClient(config, host)]));
  const monitor = startMonitor([...clients.values()], log);
  await monitor.probeNow();
  const hosts: Hosts = { clients, monitor, log };
  const read = makeRead(hosts);
  return {
    read: (task, after) =>
      within(
        READ_MS * config.patience,
        read(task, after),
        () => new Unavailable("no database has answered in time"),
      ),
    write: makeWrite(hosts, config.patience),
    states: monitor.states,
    close: async () => {
      monitor.stop();
      await Promise.allSettled([...clients.values()].map((client) => client.close()));
    },
  };
}

// --- internal ---

/**
 * Milliseconds in which a visitor's read ends, whatever the databases do, for a patience of 1. The balancer asks another web
 * server if a read takes 2.5 seconds.
 */
const READ_MS = 2200;
