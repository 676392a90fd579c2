import { z } from "zod";

/** Variables of the role. */
export const vars = z.object({
  memory: z
    .string()
    .regex(/^\d+M$/)
    .default("64M")
    .describe("most memory of a manager, as systemd writes it; it is restarted at the limit"),
});

export type Vars = z.output<typeof vars>;
