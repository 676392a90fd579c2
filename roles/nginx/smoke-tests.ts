import type { Context, SmokeTest } from "../../engine/index.ts";
import { hostName } from "../shared/certificates.ts";
import { vars } from "./vars.ts";

/** Smoke tests of Nginx. */
export function smokeTests({ inventory, hosts, varsOf }: Context<unknown>): SmokeTest[] {
  return [
    {
      name: "every web server serves static files itself",
      run: async (probe) => {
        const host = `www.${inventory.domain}`;
        for (const web of hosts("web")) {
          const question = {
            path: "/static/site.css",
            host,
            port: varsOf(vars, web).port,
            proves: hostName(web.name, inventory.domain),
          };
          const { status, headers } = await probe.http(web.address, question);
          const type = headers.get("content-type") ?? "no type";
          if (status !== 200 || !type.startsWith("text/css"))
            throw new Error(`${web.name} answers /static/site.css with ${status}, ${type}`);
        }
        return hosts("web")
          .map(({ name }) => name)
          .join(", ");
      },
    },
  ];
}
