import type { FastifyInstance } from "fastify";
import { decodeUtf8, parseFields } from "./decode.ts";
import { Problem } from "./problem.ts";

/** Most bytes that a request may bring. */
export const BODY_LIMIT = 16 * 1024;
// Percent-encoding makes three bytes of one, so a form within the limit may be three times as long on the wire.
const ENCODED_LIMIT = 3 * BODY_LIMIT;

/** Makes the routes of this context accept forms and nothing else. */
export function acceptForms(site: FastifyInstance): void {
  const options = { parseAs: "buffer", bodyLimit: ENCODED_LIMIT } as const;
  site.addContentTypeParser(
    "application/x-www-form-urlencoded",
    options,
    async (_request: unknown, body: Buffer) => {
      const fields = parseFields(decodeUtf8(body));
      const size = [...fields].reduce((sum, pair) => sum + Buffer.byteLength(pair.join("")), 0);
      if (size > BODY_LIMIT) throw new Problem(413, "The form is too large.");
      return fields;
    },
  );
}

/** Makes the routes of this context accept JSON and nothing else. */
export function acceptJson(site: FastifyInstance): void {
  const options = { parseAs: "buffer", bodyLimit: BODY_LIMIT } as const;
  site.addContentTypeParser("application/json", options, async (_request: unknown, body: Buffer) => {
    try {
      return JSON.parse(decodeUtf8(body));
    } catch (error) {
      throw error instanceof Problem ? error : new Problem(400, "The request is not valid JSON.");
    }
  });
}
