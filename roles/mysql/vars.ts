import { z } from "zod";

/** Variables of the role. */
export const vars = z.object({
  bufferPoolMegabytes: z
    .int()
    .min(32)
    .optional()
    .describe("megabytes of InnoDB's cache; a quarter of the machine's memory unless given"),
  maxConnections: z.int().min(10).default(150).describe("most clients at the same time"),
  binlogDays: z.int().min(1).default(7).describe("days for which binary logs are kept"),
});

export type Vars = z.output<typeof vars>;
