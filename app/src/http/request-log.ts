import type { FastifyInstance } from "fastify";

/**
 * Logs the requests that somebody will ask about: faults and slow ones. Nginx has a line of every request, with the
 * database that answered; a line of each here as well would push the journal's logins and failovers out.
 */
export function logRequests(site: FastifyInstance): void {
  site.addHook("onResponse", async (request, reply) => {
    const line = { url: request.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10 };
    if (!isWorthALine(line)) return;
    const more = { method: request.method, client: request.ip, database: reply.getHeader("x-database") };
    site.log.warn({ ...line, ...more }, "request");
  });
}

/** Whether a request is worth a line. Health checks never are: they come every second, and their askers note changes. */
export function isWorthALine({ url, status, ms }: { url: string; status: number; ms: number }): boolean {
  return !/^\/(?:healthz|readyz)(?:\?|$)/.test(url) && (status >= 500 || ms > SLOW_MS);
}

// --- internal ---

/** Longer than a page with a database at work takes, shorter than what a visitor puts up with. */
const SLOW_MS = 1000;
