import { Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyBaseLogger, FastifyInstance, FastifyListenOptions } from "fastify";
import type { Database } from "./database/types.ts";

// The first descriptor that systemd hands over.
const FIRST_INHERITED = 3;
const STOP_WITHIN_MS = 8000;
const DRAIN_MS = 300;
const LAST_MS = 50;

/** Where to listen: on systemd's socket if there is one. Then connections wait there while the program restarts. */
export function whereToListen(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
  port: number,
): FastifyListenOptions & { fd?: number } {
  const forThisProcess = env["LISTEN_PID"] === undefined || env["LISTEN_PID"] === String(pid);
  if (forThisProcess && env["LISTEN_FDS"] === "1") return { host: "127.0.0.1", fd: FIRST_INHERITED };
  return { host: "127.0.0.1", port };
}

/**
 * Ends the program in order on SIGTERM and SIGINT: requests under way are finished, then the databases are closed.
 * After 8 seconds it ends anyway.
 */
export function stopOnSignal(site: FastifyInstance, database: Database, log: FastifyBaseLogger): void {
  site.addHook("preClose", async () => {
    // A proxy may just be sending a request on an idle connection. It gets an answer with "Connection: close".
    if ((await openConnections(site)) > 0) await sleep(DRAIN_MS);
    // The HTTP server would close what it has accepted but not yet read from. So no connection is taken any more, and those
    // that are there get the time to say what they want.
    Server.prototype.close.call(site.server);
    if ((await openConnections(site)) > 0) await sleep(LAST_MS);
  });
  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, "stopping");
    const impatient = setTimeout(() => {
      log.warn({}, "requests under way are cut off");
      process.exit(0);
    }, STOP_WITHIN_MS);
    await site.close();
    await database.close();
    clearTimeout(impatient);
    log.info({}, "stopped");
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop(signal));
}

function openConnections(site: FastifyInstance): Promise<number> {
  return new Promise((resolve) => site.server.getConnections((_error, count) => resolve(count ?? 0)));
}
