import type { FastifyRequest } from "fastify";
import { Problem } from "./problem.ts";

/**
 * Refuses requests that another site makes a visitor's browser send (CSRF). Browsers say where a request comes from,
 * and no page can change that: Sec-Fetch-Site is read first, then Origin. Other clients send neither, and they have no
 * visitor to deceive. Throws Problem 403.
 */
export function requireSameOrigin({ method, headers }: FastifyRequest): void {
  if (["GET", "HEAD", "OPTIONS"].includes(method)) return;
  const site = headers["sec-fetch-site"];
  const { origin } = headers;
  const same =
    site !== undefined
      ? site === "same-origin" || site === "none"
      : origin === undefined || hostOf(origin) === headers.host?.toLowerCase();
  if (!same) throw new Problem(403, "This request comes from another site, and was not carried out.");
}

// --- internal ---

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
