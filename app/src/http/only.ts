import type { FastifyInstance, RouteHandlerMethod } from "fastify";
import { Problem } from "./problem.ts";

/** Routes an address to its handlers, and answers every other method with 405. HEAD comes with GET. */
export function only(
  site: FastifyInstance,
  url: string,
  handlers: { readonly GET?: RouteHandlerMethod; readonly POST?: RouteHandlerMethod },
): void {
  for (const [method, handler] of Object.entries(handlers)) site.route({ method, url, handler });

  const allowed = [...(handlers.GET ? ["GET", "HEAD"] : []), ...(handlers.POST ? ["POST"] : [])];
  const refuse = async () => {
    const allow = allowed.join(", ");
    throw new Problem(405, `This address answers ${allow} only.`, { headers: { allow } });
  };
  site.route({
    method: site.supportedMethods.filter((method) => !allowed.includes(method)),
    url,
    // Refused before the body is read, so that its type does not matter.
    onRequest: refuse,
    handler: refuse,
  });
}
