import type { FastifyRequest } from "fastify";
import { Problem } from "./problem.ts";

/** Refuses a body that is compressed or otherwise encoded: it is not unpacked, and would be taken for broken text. */
export function requirePlainBody({ headers }: FastifyRequest): void {
  const encoding = headers["content-encoding"]?.trim().toLowerCase();
  if (!encoding || encoding === "identity") return;
  throw new Problem(415, `The body is encoded as ${encoding}; send it without Content-Encoding.`, {
    headers: { "accept-encoding": "identity" },
  });
}
