import { z } from "zod";

/** Variables of the role. */
export const vars = z.object({
  packages: z.array(z.string()).default(["ca-certificates", "curl"]).describe("packages on every machine"),
  packagePorts: z
    .array(z.int().min(1).max(65535))
    .default([80, 443])
    .describe("ports of the Debian mirror, or of the proxy on the way to it"),
  journalMegabytes: z
    .int()
    .min(16)
    .default(400)
    .describe(
      "most megabytes that the journal may take on disk; the limits of what daemons may say go with the default",
    ),
  // A whole number: not all that gets a multiple of it takes a fraction.
  patience: z
    .int()
    .min(1)
    .max(20)
    .default(1)
    .describe(
      "how many times longer than usual the site's parts wait for each other's signs of life; more on slow or emulated machines",
    ),
});
