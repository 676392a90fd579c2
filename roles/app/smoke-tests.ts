import { type Context, type HttpAnswer, type Probe, type SmokeTest, sh } from "../../engine/index.ts";
import { vars as nginxVars } from "../nginx/vars.ts";
import { hostName } from "../shared/certificates.ts";
import { removal } from "../shared/entries.ts";
import type { Vars } from "./vars.ts";

interface Readiness {
  readonly databases: readonly {
    readonly name: string;
    readonly reachable: boolean;
    readonly role: string;
  }[];
}

/** Smoke tests of the application. */
export function smokeTests({ inventory, hosts, vars, varsOf }: Context<Vars>): SmokeTest[] {
  const host = `www.${inventory.domain}`;
  const databases = hosts("database").map(({ name }) => name);
  return [
    {
      name: `each web server reaches ${databases.length === 2 ? "both databases" : "every database"}`,
      run: async (probe) => {
        for (const web of hosts("web")) {
          const question = {
            path: "/readyz",
            host,
            port: varsOf(nginxVars, web).port,
            proves: hostName(web.name, inventory.domain),
          };
          await probe.eventually(15, async () =>
            expectReached(web.name, databases, await probe.http(web.address, question)),
          );
        }
        return `${hosts("web").length} web servers, ${databases.join(", ")}`;
      },
    },
    {
      name: "a write goes to the primary and is read back from a replica",
      run: (probe) => writeAndRead(probe, inventory.publicAddress, host, databases, vars.databaseName),
    },
  ];
}

// --- internal ---

function expectReached(web: string, databases: readonly string[], { status, body }: HttpAnswer): void {
  const found = status === 200 || status === 503 ? (JSON.parse(body) as Readiness).databases : [];
  const reached = found
    .filter(({ reachable, role }) => reachable && role !== "unknown")
    .map(({ name }) => name);
  const lost = databases.filter((name) => !reached.includes(name));
  if (status !== 200 || lost.length > 0)
    throw new Error(`${web} answers ${status} and does not reach ${lost.join(", ") || "a primary"}`);
}

/** Removes the test's entry, so that visitors do not read it for long. */
async function remove(probe: Probe, primary: string | null, database: string, id: number): Promise<void> {
  const machine = probe.hosts("database").find(({ name }) => name === primary);
  if (machine) await probe.run(machine, sh`mysql --no-defaults -e ${removal(database, [id])}`);
}

async function writeAndRead(
  probe: Probe,
  address: string,
  host: string,
  databases: readonly string[],
  name: string,
) {
  const written = await probe.http(address, {
    path: "/api/entries",
    host,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "smoke test", message: `Written at ${new Date().toISOString()}.` }),
  });
  const primary = written.headers.get("x-database");
  const gtid = written.headers.get("x-write-gtid");
  if (written.status !== 201 || !gtid)
    throw new Error(`POST /api/entries answers ${written.status}: ${written.body.slice(0, 200)}`);
  const { id } = JSON.parse(written.body) as { id: number };
  const tidy = () => remove(probe, primary, name, id);
  if (databases.length === 1) return tidy().then(() => `written on ${primary}, the only database`);

  const headers = { "x-after-gtid": gtid };
  const replica = await probe.eventually(15, async () => {
    const read = await probe.http(address, { path: `/api/entries/${id}`, host, headers });
    const from = read.headers.get("x-database");
    if (read.status !== 200) throw new Error(`entry ${id} is read with ${read.status} from ${from}`);
    if (from === primary) throw new Error(`entry ${id} is read from ${from}, where it was written`);
    return from;
  });
  await tidy();
  return `written on ${primary}, read from ${replica}`;
}
