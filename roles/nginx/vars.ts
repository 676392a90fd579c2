import { z } from "zod";

/** Variables of the role. */
export const vars = z.object({
  port: z.int().min(1).max(65535).default(8443).describe("port on the machine's own address"),
  connections: z.int().min(64).default(2048).describe("connections that one worker may hold"),
  bodyKilobytes: z.int().min(1).default(64).describe("largest request body in kilobytes"),
});
