import type { Config } from "../config.ts";
import { makeClient } from "./client.ts";
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
  return {
    read: makeRead(hosts),
    write: makeWrite(hosts),
    states: monitor.states,
    close: async () => {
      monitor.stop();
      await Promise.allSettled([...clients.values()].map((client) => client.close()));
    },
  };
}
