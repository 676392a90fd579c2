import type { FastifyInstance } from "fastify";
import type { Config } from "../config.ts";
import { isReady } from "../database/choose.ts";
import type { Database } from "../database/types.ts";
import { only } from "../http/only.ts";

/** /healthz says that this process runs; /readyz says whether it can do all its work. */
export async function healthRoutes(
  site: FastifyInstance,
  options: { config: Config; database: Database },
): Promise<void> {
  const { config, database } = options;

  only(site, "/healthz", {
    GET: async (_request, reply) => reply.type("text/plain; charset=utf-8").send("ok\n"),
  });

  only(site, "/readyz", {
    GET: async (_request, reply) => {
      const databases = database.states();
      const ready = isReady(databases);
      return reply
        .code(ready ? 200 : 503)
        .send({ ready, server: config.serverName, release: config.release, databases });
    },
  });
}
