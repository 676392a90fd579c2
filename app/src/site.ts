import { STATUS_CODES } from "node:http";
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import type { Config } from "./config.ts";
import type { Database } from "./database/types.ts";
import { BODY_LIMIT } from "./http/bodies.ts";
import { parseQuery } from "./http/decode.ts";
import { answerFailure } from "./http/failed.ts";
import { requirePlainBody } from "./http/plain-body.ts";
import { Problem } from "./http/problem.ts";
import { logRequests } from "./http/request-log.ts";
import { requireSameOrigin } from "./http/same-origin.ts";
import { apiRoutes } from "./routes/api.ts";
import { healthRoutes } from "./routes/health.ts";
import { pageRoutes } from "./routes/pages.ts";

// Longer than the 60 s after which Nginx closes idle connections by default. Our Nginx keeps none.
const KEEP_ALIVE_MS = 75_000;

const HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
};

/** Builds the whole site; it does not listen yet. */
export function buildSite(config: Config, database: Database, log: FastifyBaseLogger): FastifyInstance {
  const servedBy = { "x-served-by": config.serverName };
  const site = fastify({
    loggerInstance: log,
    // logRequests says which are worth a line.
    logController: new LogController({ disableRequestLogging: true }),
    // Only Nginx on the same machine may say who the client is.
    trustProxy: "127.0.0.1",
    bodyLimit: BODY_LIMIT,
    requestTimeout: 10_000,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // During a shutdown requests on open connections are still served, with "Connection: close".
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      reply.headers({ ...HEADERS, ...servedBy });
      answerFailure(config, error, request, reply);
    },
    clientErrorHandler: (error, socket) => {
      const status = CLIENT_ERRORS[error.code ?? ""] ?? 400;
      if (!socket.writable) return;
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nX-Served-By: ${config.serverName}\r\n` +
          "Connection: close\r\nContent-Length: 0\r\n\r\n",
      );
    },
  });

  site.removeAllContentTypeParsers();
  site.addHook("onRequest", async (request, reply) => {
    reply.headers({ ...HEADERS, ...servedBy });
    parseQuery(request.url);
    requireSameOrigin(request);
    requirePlainBody(request);
  });
  let closing = false;
  site.addHook("preClose", async () => {
    closing = true;
  });
  site.addHook("onSend", async (_request, reply) => {
    // Fastify says so for requests that begin now. This is for those under way, whose connections would stay open.
    if (closing) reply.header("connection", "close");
  });
  logRequests(site);
  site.setErrorHandler((error, request, reply) => answerFailure(config, error, request, reply));
  site.setNotFoundHandler(async () => {
    throw new Problem(404, "There is nothing at this address.");
  });

  site.register(pageRoutes, { config, database });
  site.register(apiRoutes, { config, database });
  site.register(healthRoutes, { config, database });
  return site;
}

const CLIENT_ERRORS: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};
