import { z } from "zod";

/** Variables of the role. Times at their longest, times the most patience, are the longest that etcd takes. */
export const vars = z.object({
  heartbeatMs: z
    .int()
    .min(10)
    .max(100)
    .default(100)
    .describe("milliseconds between the leader's signs of life, times base's `patience`"),
  electionMs: z
    .int()
    .min(500)
    .max(2500)
    .default(1000)
    .describe(
      "milliseconds without a sign of life after which the others elect a leader, times base's `patience`; a lease lasts at least one and a half times as long",
    ),
  quotaMegabytes: z
    .int()
    .min(16)
    .max(8192)
    .default(64)
    .describe("megabytes that the store may take on disk before it refuses writes"),
});

export type Vars = z.output<typeof vars>;
