import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Config } from "../config.ts";
import { choosePrimary } from "../database/choose.ts";
import type { Database } from "../database/types.ts";
import { addEntry, findEntry, listEntries } from "../entries.ts";
import { parseGtidSet } from "../gtid.ts";
import { acceptJson } from "../http/bodies.ts";
import { parseCount, parseQuery } from "../http/decode.ts";
import { only } from "../http/only.ts";
import { Problem } from "../http/problem.ts";
import { credit } from "../http/reply.ts";
import { isKey } from "../key.ts";
import { type Draft, validateDraft } from "../text.ts";

const DEFAULT_LIMIT = 20;
const MAXIMUM_LIMIT = 100;

/** The JSON interface. */
export async function apiRoutes(
  site: FastifyInstance,
  options: { config: Config; database: Database },
): Promise<void> {
  const { config, database } = options;
  acceptJson(site);

  only(site, "/api/entries", {
    GET: async (request, reply) => {
      const query = parseQuery(request.url);
      const limit = parseCount("limit", query.get("limit") ?? String(DEFAULT_LIMIT), MAXIMUM_LIMIT);
      const before = query.get("before");
      const page = await listEntries(
        database,
        { limit, ...(before !== undefined && { before: parseCount("before", before) }) },
        afterHeader(request),
      );
      const { entries, next } = credit(reply, page);
      return { entries, next: next === undefined ? null : `/api/entries?limit=${limit}&before=${next}` };
    },
    POST: async (request, reply) => {
      const { draft, errors } = validateDraft(draftFrom(request.body));
      if (errors) throw new Problem(422, Object.values(errors).join(" "), { fields: errors });
      const key = keyHeader(request);
      // Sent in every answer, so that a client without a key of its own can safely repeat an uncertain request.
      reply.header("idempotency-key", key);
      const written = await addEntry(database, draft, key);
      const { outcome, entry } = credit(reply, written);
      if (outcome === "conflict") throw new Problem(409, "This Idempotency-Key was used for another entry.");
      if (written.gtid !== undefined) reply.header("x-write-gtid", written.gtid);
      return reply
        .code(outcome === "added" ? 201 : 200)
        .header("location", `/api/entries/${entry.id}`)
        .send(entry);
    },
  });

  only(site, "/api/entries/:id", {
    GET: async (request, reply) => {
      const { id } = request.params as { id: string };
      const entry = credit(reply, await findEntry(database, parseCount("id", id), afterHeader(request)));
      if (entry === undefined) throw new Problem(404, "There is no such entry.");
      return entry;
    },
  });

  only(site, "/api/server", {
    GET: async () => {
      const databases = database.states();
      const primary = choosePrimary(databases).name ?? null;
      return {
        server: config.serverName,
        domain: config.domain,
        release: config.release,
        primary,
        databases,
      };
    },
  });
}

function draftFrom(body: unknown): Draft {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new Problem(400, "The request must be a JSON object with name and message.");
  }
  const { name = "", message = "" } = body as Record<string, unknown>;
  if (typeof name !== "string" || typeof message !== "string") {
    throw new Problem(422, "The name and the message must be strings.");
  }
  return { name, message };
}

function keyHeader(request: FastifyRequest): string {
  const key = request.headers["idempotency-key"];
  if (key === undefined) return randomUUID();
  if (typeof key !== "string" || !isKey(key)) {
    throw new Problem(400, "The Idempotency-Key must be 8 to 64 letters, digits, hyphens or underscores.");
  }
  return key;
}

function afterHeader(request: FastifyRequest): string | undefined {
  const header = request.headers["x-after-gtid"];
  if (header === undefined) return undefined;
  const gtid = typeof header === "string" ? parseGtidSet(header) : undefined;
  if (gtid === undefined) throw new Problem(400, "X-After-Gtid is not a GTID set.");
  return gtid;
}
