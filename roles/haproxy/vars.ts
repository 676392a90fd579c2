import { z } from "zod";

/** Variables of the role. */
export const vars = z.object({
  balance: z
    .enum(["static-rr", "roundrobin", "leastconn"])
    .default("static-rr")
    .describe(
      "how the next server is chosen; static-rr takes turns in the inventory's order, also after a server was away",
    ),
  connections: z
    .int()
    .min(100)
    .default(2000)
    .describe("most connections at the same time; others wait in the kernel"),
  serverConnections: z
    .int()
    .min(1)
    .default(200)
    .describe("most requests that one web server gets at the same time"),
  statsPort: z
    .int()
    .min(1)
    .max(65535)
    .default(8404)
    .describe("port on the machine's own address for /stats, /metrics and /health"),
  requestsPer10Seconds: z
    .int()
    .min(1)
    .default(500)
    .describe("requests that one address may make in ten seconds; more are answered 429"),
  connectionsPerAddress: z
    .int()
    .min(1)
    .default(200)
    .describe("most connections from one address at the same time"),
  exempt: z
    .array(z.string())
    .default([])
    .describe("addresses and networks without these two limits, such as an office's"),
  checkSeconds: z
    .int()
    .min(1)
    .max(60)
    .default(1)
    .describe(
      "seconds between two health checks of a web server, and how long one may take (at least 2); a server that seems to change is checked twice as often",
    ),
  stopAfter: z
    .int()
    .min(1)
    .default(60)
    .describe("seconds for which old connections may go on after a reload"),
});
