import { z } from "zod";

/** Variables of the role. */
export const vars = z.object({
  virtualRouterId: z
    .int()
    .min(1)
    .max(255)
    .default(51)
    .describe("id of the group of balancers, unique in its network"),
  advertSeconds: z
    .number()
    .min(0.1)
    .max(40)
    .default(0.2)
    .describe(
      "seconds between signs of life, times base's `patience`; the address moves when about three of them are missing",
    ),
  checkSeconds: z
    .number()
    .min(0.2)
    .max(60)
    .default(0.5)
    .describe(
      "seconds between two health checks of the balancer's own HAProxy, times base's `patience`; if it is gone, the address moves at once, if it hangs, after less than five times as long",
    ),
});
