import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Config } from "../config.ts";
import { Unavailable } from "../database/failures.ts";
import type { Database } from "../database/types.ts";
import { addEntry, listEntries } from "../entries.ts";
import { gtidCookie, gtidFromCookies } from "../gtid.ts";
import { acceptForms } from "../http/bodies.ts";
import { parseCount, parseQuery } from "../http/decode.ts";
import { asProblem } from "../http/failed.ts";
import { only } from "../http/only.ts";
import type { Problem } from "../http/problem.ts";
import { credit, sendPage } from "../http/reply.ts";
import { isKey } from "../key.ts";
import { validateDraft } from "../text.ts";
import { aboutPage } from "../views/about.ts";
import type { FormState } from "../views/form.ts";
import { type GuestbookList, guestbookPage } from "../views/guestbook.ts";

const PAGE_SIZE = 10;

/** The pages for people. */
export async function pageRoutes(
  site: FastifyInstance,
  options: { config: Config; database: Database },
): Promise<void> {
  const { config, database } = options;
  acceptForms(site);

  async function list(request: FastifyRequest, reply: FastifyReply, before?: number): Promise<GuestbookList> {
    const after = gtidFromCookies(request.headers.cookie);
    const served = await listEntries(
      database,
      { limit: PAGE_SIZE, ...(before !== undefined && { before }) },
      after,
    );
    return { page: credit(reply, served), database: served.database, role: served.role };
  }

  // If a form could not be saved, it is shown again with what was typed. The list is a courtesy then.
  async function showAgain(request: FastifyRequest, reply: FastifyReply, form: FormState, status: number) {
    const shown = await list(request, reply).catch((error: unknown) => {
      if (error instanceof Unavailable) return undefined;
      throw error;
    });
    return sendPage(reply, guestbookPage(config, { form, ...(shown && { list: shown }) }), status);
  }

  only(site, "/", {
    GET: async (request, reply) => {
      const text = parseQuery(request.url).get("before");
      const before = text === undefined ? undefined : parseCount("before", text);
      const form = { key: randomUUID(), name: "", message: "" };
      return sendPage(
        reply,
        guestbookPage(config, {
          form,
          list: await list(request, reply, before),
          ...(before !== undefined && { before }),
        }),
      );
    },
  });

  only(site, "/entries", {
    POST: async (request, reply) => {
      const typed = formFrom(request.body);
      const { draft, errors } = validateDraft(typed);
      if (errors) return showAgain(request, reply, { ...typed, errors }, 422);
      const written = await addEntry(database, draft, typed.key).catch((error: unknown) => {
        const problem = asProblem(error, true);
        if (problem.status === 503) return problem;
        throw error;
      });
      if (!("value" in written)) return unavailable(request, reply, typed, written);
      const { outcome } = credit(reply, written);
      if (outcome === "conflict") {
        const problem =
          "This form was sent before with another text, which has been saved. Send it again to add this text as well.";
        return showAgain(request, reply, { ...typed, key: randomUUID(), problem }, 409);
      }
      if (written.gtid !== undefined) {
        reply.header("set-cookie", gtidCookie(written.gtid, request.protocol === "https"));
      }
      return reply.redirect("/", 303);
    },
  });

  async function unavailable(
    request: FastifyRequest,
    reply: FastifyReply,
    typed: FormState,
    problem: Problem,
  ) {
    reply.headers(problem.headers);
    return showAgain(request, reply, { ...typed, problem: problem.message }, problem.status);
  }

  only(site, "/about", {
    GET: async (_request, reply) => sendPage(reply, aboutPage(config, database.states())),
  });
}

function formFrom(body: unknown): FormState {
  const fields = body instanceof Map ? (body as ReadonlyMap<string, string>) : new Map<string, string>();
  const key = fields.get("key") ?? "";
  return {
    key: isKey(key) ? key : randomUUID(),
    name: fields.get("name") ?? "",
    message: fields.get("message") ?? "",
  };
}
