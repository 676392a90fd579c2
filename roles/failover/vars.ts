import { z } from "zod";

/** Variables of the role. */
export const vars = z.object({
  port: z
    .int()
    .min(1024)
    .max(65_535)
    .default(8405)
    .describe("where a manager answers, on its machine's own address"),
  memory: z
    .string()
    .regex(/^\d+M$/)
    .default("64M")
    .describe("most memory of a manager, as systemd writes it; it is restarted at the limit"),
});

export type Vars = z.output<typeof vars>;
