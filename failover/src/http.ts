import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Manager, Status } from "./manager.ts";
import { metricsOf } from "./metrics.ts";

/** A manager that has not observed for so many milliseconds is stuck: what it knew says nothing any more. */
const STALE = 5000;

/**
 * Answers whether this database is the primary (`/primary`) or a replica that follows it (`/replica`), 200 or 503, whether
 * the manager is well (`/health`), its figures for Prometheus (`/metrics`), and what the other managers need (`/told`).
 */
export function serve(manager: Manager, { me, port, address, certificate }: ServeOptions): Server {
  const server = createServer(read(certificate), (request, response) => {
    const { status } = manager;
    const fresh = performance.now() - status.at < STALE;
    const answer = ANSWERS[request.url ?? ""];
    if (!answer || request.method !== "GET") return end(response, 404, { error: "there is nothing here" });
    answer({ me, status, fresh }, response);
  });
  // Its own certificate may be renewed while it runs.
  setInterval(() => server.setSecureContext(read(certificate)), HOUR).unref();
  return server.listen(port, address);
}

export interface ServeOptions {
  readonly me: string;
  readonly port: number;
  readonly address: string;
  /** File with the machine's certificate and its key. */
  readonly certificate: string;
}

// --- internal ---

const HOUR = 3_600_000;

interface Known {
  readonly me: string;
  readonly status: Status;
  readonly fresh: boolean;
}

const ANSWERS: Readonly<Record<string, (known: Known, response: ServerResponse) => void>> = {
  "/primary": (known, response) => says(response, known, known.fresh && isOpen(known.status)),
  "/replica": (known, response) => says(response, known, known.fresh && follows(known.status)),
  "/health": (known, response) =>
    says(
      response,
      known,
      known.fresh && known.status.store !== null && typeof known.status.observed.mysql === "object",
    ),
  "/told": ({ status, fresh }, response) => end(response, 200, fresh ? status.observed.told : null),
  "/metrics": ({ me, status, fresh }, response) =>
    response
      .writeHead(200, { "content-type": "text/plain; version=0.0.4" })
      .end(metricsOf(me, status, fresh)),
};

const mysqlOf = ({ observed: { mysql } }: Status) => (typeof mysql === "object" ? mysql : undefined);
const isOpen = (status: Status) => mysqlOf(status)?.open === true;
const follows = (status: Status) =>
  status.store !== null && mysqlOf(status)?.receives === status.store.sync.primary;

const secondsSince = (at: number | undefined) =>
  at === undefined ? null : Math.round((performance.now() - at) / 1000);

function says(response: ServerResponse, { me, status }: Known, yes: boolean): void {
  const { store, storeWhy, observed, step } = status;
  end(response, yes ? 200 : 503, {
    ...{ name: me, store: store ?? storeWhy ?? null, mysql: observed.mysql ?? null, step },
    aloneFor: secondsSince(status.aloneSince),
    observed: Number.isFinite(status.at) ? Math.round(performance.now() - status.at) : null,
  });
}

function end(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
}

function read(file: string) {
  const pair = readFileSync(file, "utf8");
  return { cert: pair, key: pair, minVersion: "TLSv1.3" as const };
}
