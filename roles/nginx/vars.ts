import { z } from "zod";

/** Variables of the role. */
export const vars = z.object({
  port: z.int().min(1).max(65535).default(8443).describe("port on the machine's own address"),
  connections: z.int().min(64).default(2048).describe("connections that one worker may hold"),
  bodyKilobytes: z.int().min(1).default(64).describe("largest request body in kilobytes"),
  logDays: z.int().min(1).default(14).describe("days for which the log of requests is kept"),
  logMegabytes: z
    .int()
    .min(1)
    .default(64)
    .describe("size above which the log gets a new file before its day is over; the old one is compressed"),
  logFiles: z
    .int()
    .min(1)
    .default(100)
    .describe("most old files that are kept of one log, also if they are of fewer days"),
});
