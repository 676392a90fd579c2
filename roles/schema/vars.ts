import { z } from "zod";

export const vars = z.object({
  database: z
    .string()
    .regex(/^[a-z_]+$/)
    .default("guestbook")
    .describe("name of the database and of its account"),
  migrations: z
    .string()
    .default("app/migrations")
    .describe("folder of SQL files; each is run once, in the order of their names"),
});
