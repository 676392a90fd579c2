import { z } from "zod";

/** Variables of the role. */
export const vars = z.object({
  balance: z
    .enum(["static-rr", "roundrobin", "leastconn"])
    .default("static-rr")
    .describe(
      "who serves next: static-rr takes turns in the inventory's order, also after a server was away",
    ),
  connections: z
    .int()
    .min(100)
    .default(2000)
    .describe("connections that are held at once; others wait in the kernel"),
  serverConnections: z.int().min(1).default(200).describe("requests that one web server is given at once"),
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
    .describe("requests that one address may make in ten seconds; then it is answered 429"),
  connectionsPerAddress: z.int().min(1).default(200).describe("connections that one address may hold"),
  exempt: z
    .array(z.string())
    .default([])
    .describe("addresses and networks that neither of the two is about, such as an office's"),
  checkSeconds: z
    .int()
    .min(1)
    .max(60)
    .default(1)
    .describe(
      "seconds between two health checks of a web server, and how long one may take (2 at least); one that seems to change is checked twice as often",
    ),
  stopAfter: z.int().min(1).default(60).describe("seconds that connections may go on for after a reload"),
});
