import type { FastifyReply } from "fastify";
import type { Served } from "../database/types.ts";
import type { Html } from "../html.ts";

/** Sends a page. */
export function sendPage(reply: FastifyReply, page: Html, status = 200): FastifyReply {
  return reply.code(status).type("text/html; charset=utf-8").send(page.markup);
}

/** Names the database that did the work in a header, and returns the result. */
export function credit<T>(reply: FastifyReply, served: Served<T>): T {
  reply.header("x-database", served.database);
  return served.value;
}
