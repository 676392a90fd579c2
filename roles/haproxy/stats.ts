import type { Host, Probe } from "../../engine/index.ts";
import { hostName } from "../shared/certificates.ts";
import { statsPort } from "./vars.ts";

/** Waits until every balancer sees these web servers so. */
export async function allSee(
  probe: Probe,
  web: readonly Host[],
  state: "UP" | "DOWN",
  seconds: number,
): Promise<void> {
  await Promise.all(
    probe.hosts("balancer").map((balancer) =>
      probe.eventually(seconds, async () => {
        const states = await statesAt(probe, balancer);
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
async function statesAt(probe: Probe, balancer: Host): Promise<Map<string, string>> {
  const host = hostName(balancer.name, probe.inventory.domain);
  const question = { path: "/stats;csv", host, port: statsPort(balancer) };
  const { status, body } = await probe.http(balancer.address, question);
  if (status !== 200) throw new Error(`the statistics of ${balancer.name} answer ${status}`);
  const [header = "", ...rows] = body.replace(/^# /, "").split("\n");
  const column = header.split(",").indexOf("status");
  const fields = rows.map((row) => row.split(",")).filter(([proxy]) => proxy === "web");
  return new Map(fields.map((row) => [row[1] ?? "", row[column] ?? ""]));
}
