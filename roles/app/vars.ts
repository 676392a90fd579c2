import { z } from "zod";

/** Variables of the role. */
export const vars = z.object({
  port: z.int().min(1).max(65535).default(3000).describe("port on the loopback address"),
  trialPort: z.int().min(1).max(65535).default(3001).describe("port on which a new release is tried"),
  memory: z
    .string()
    .default("256M")
    .describe("most memory that the application may use; beyond that systemd restarts it"),
  databasePort: z.int().min(1).max(65535).default(3306).describe("port of the databases"),
  databaseName: z.string().default("guestbook").describe("database that holds the entries"),
  databaseUser: z.string().default("guestbook").describe("account of the application"),
});

export type Vars = z.output<typeof vars>;
