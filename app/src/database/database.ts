import type { Config } from "../config.ts";
import { choosePrimary } from "./choose.ts";
import { makeClient } from "./client.ts";
import { within } from "./deadline.ts";
import { OutcomeUnknown, Unavailable } from "./failures.ts";
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
  const [read, write] = [makeRead(hosts), makeWrite(hosts)];
  return {
    read: (task, after) =>
      within(
        READ_MS * config.patience,
        read(task, after),
        () => new Unavailable("no database has answered in time"),
      ),
    write: (task) =>
      within(
        WRITE_MS * config.patience,
        write(task),
        () => new OutcomeUnknown(choosePrimary(monitor.states()).name ?? "none", "no answer in time"),
      ),
    states: monitor.states,
    close: async () => {
      monitor.stop();
      await Promise.allSettled([...clients.values()].map((client) => client.close()));
    },
  };
}

// --- internal ---

/**
 * Milliseconds in which a visitor's read or write ends, whatever the databases do, for a patience of 1. The balancer asks
 * another web server if a read takes 2.5 seconds, and gives up a write after 5.
 */
const READ_MS = 2200;
const WRITE_MS = 4000;
