import type { FastifyReply, FastifyRequest } from "fastify";
import type { Config } from "../config.ts";
import { failureCode, OutcomeUnknown, Unavailable } from "../database/failures.ts";
import { problemPage } from "../views/problem.ts";
import { Problem, RETRY_AFTER_SECONDS } from "./problem.ts";

/** Answers a failed request: with a page, or with JSON under /api. Only faults of this program become a 500. */
export function answerFailure(
  config: Config,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const problem = asProblem(error, request.method === "POST");
  if (problem.status === 500)
    request.log.error({ stack: error instanceof Error ? error.stack : undefined }, "fault");
  else if (problem.status === 503) request.log.warn({ why: describe(error) }, "unavailable");
  reply.code(problem.status).headers(problem.headers);
  if (isApi(request.url)) {
    return reply
      .type("application/json; charset=utf-8")
      .send({ error: problem.message, fields: problem.fields });
  }
  return reply.type("text/html; charset=utf-8").send(problemPage(config, problem).markup);
}

/** What a visitor is told about an error, wherever it came from. */
export function asProblem(error: unknown, writing: boolean): Problem {
  if (error instanceof Problem) return error;
  const headers = { "retry-after": RETRY_AFTER_SECONDS };
  if (error instanceof OutcomeUnknown)
    return new Problem(503, UNKNOWN, { headers: { ...headers, "x-database": error.database } });
  if (error instanceof Unavailable) return new Problem(503, writing ? NOT_SAVED : UNREACHABLE, { headers });
  const status = statusOf(error);
  return new Problem(status, MESSAGES[status] ?? "The request is not valid.");
}

/** Whether an address belongs to the JSON API. */
export function isApi(url: string): boolean {
  return /^\/api(?:[/?]|$)/.test(url);
}

const UNREACHABLE = "The database cannot be reached at the moment. Please try again in a few seconds.";
const NOT_SAVED =
  "The database takes no entries at the moment, so yours was not saved. Please try again in a few seconds.";
const UNKNOWN =
  "The connection to the database broke while your entry was being saved: it may or may not have been saved." +
  " Sending the same form again, or the same request with its Idempotency-Key, is safe: it will not be there twice.";
const MESSAGES: Readonly<Record<number, string>> = {
  400: "The request is not valid.",
  404: "There is nothing at this address.",
  408: "The request took too long to arrive.",
  413: "The request is too large.",
  414: "The address is too long.",
  415: "This content type is not supported here.",
  431: "The request headers are too large.",
  500: "Something went wrong on our side. It has been noted.",
};

function statusOf(error: unknown): number {
  const status =
    typeof error === "object" && error !== null ? (error as { statusCode?: unknown }).statusCode : undefined;
  return typeof status === "number" && status >= 400 && status < 500 ? status : 500;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : failureCode(error);
}
