import type { Host, Probe } from "../../engine/index.ts";
import { hostName } from "../shared/certificates.ts";

/**
 * Waits until every balancer sees these web servers in this state. After `seconds` it throws an Error. `statsPort` is
 * the port of a balancer's statistics.
 */
export async function allSee(
  probe: Probe,
  web: readonly Host[],
  state: "UP" | "DOWN",
  seconds: number,
  statsPort: (balancer: Host) => number,
): Promise<void> {
  await Promise.all(
    probe.hosts("balancer").map((balancer) =>
      probe.eventually(seconds, async () => {
        const states = await statesAt(probe, balancer, statsPort(balancer));
        for (const { name } of web) {
          const seen = states.get(name) ?? "not at all";
          if (seen !== state) throw new Error(`${balancer.name} sees ${name} ${seen}, expected ${state}`);
        }
      }),
    ),
  );
}

// --- internal ---

/** State of each web server, as one balancer sees it. */
async function statesAt(probe: Probe, balancer: Host, port: number): Promise<Map<string, string>> {
  const host = hostName(balancer.name, probe.inventory.domain);
  const question = { path: "/stats;csv", host, port };
  const { status, body } = await probe.http(balancer.address, question);
  if (status !== 200) throw new Error(`the statistics of ${balancer.name} answer ${status}`);
  const [header = "", ...rows] = body.replace(/^# /, "").split("\n");
  const column = header.split(",").indexOf("status");
  const fields = rows.map((row) => row.split(",")).filter(([proxy]) => proxy === "web");
  return new Map(fields.map((row) => [row[1] ?? "", row[column] ?? ""]));
}
