import { z } from "zod";
import type { Host } from "../../engine/index.ts";

/** Variables of the role. */
export const vars = z.object({
  port: z.int().min(1).max(65535).default(8443).describe("port on the machine's own address"),
  connections: z.int().min(64).default(2048).describe("connections that one worker may hold"),
  bodyKilobytes: z.int().min(1).default(64).describe("largest request body"),
});

/** Port of a web server, as the inventory has it: variables given in a play are not seen. */
export function nginxPort(host: Host): number {
  return vars.parse(host.vars["nginx"] ?? {}).port;
}
