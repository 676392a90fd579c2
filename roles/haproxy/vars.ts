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
    .describe(
      "most connections to port 443 at the same time; others wait in the kernel. Port 80 has a quarter of it",
    ),
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
    .default(2000)
    .describe("requests that one address may make in ten seconds; more are answered 429"),
  connectionsPerAddress: z
    .int()
    .min(1)
    .default(500)
    .describe("most connections from one address at the same time"),
  openRequestsPerAddress: z
    .int()
    .min(1)
    .default(400)
    .describe("most requests from one address that wait for their answer; more are answered 429"),
  openChangesPerAddress: z.int().min(1).default(20).describe("of these, most that are not GET or HEAD"),
  changesPerMinute: z
    .int()
    .min(1)
    .default(120)
    .describe("requests but GET and HEAD that one address may make in a minute; more are answered 429"),
  exempt: z.array(z.string()).default([]).describe("addresses and networks without these five limits"),
  checkSeconds: z
    .int()
    .min(1)
    .max(60)
    .default(1)
    .describe(
      "seconds between two health checks of a web server; a server that seems to fail is checked four times as often",
    ),
  stopAfter: z
    .int()
    .min(1)
    .default(60)
    .describe("seconds for which old connections may go on after a reload"),
});
