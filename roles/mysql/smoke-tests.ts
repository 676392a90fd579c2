import { type Context, type Host, type Probe, type SmokeTest, sh } from "../../engine/index.ts";
import { LAG_SECONDS, SHOWS } from "./templates/replication.sql.ts";

/** Smoke tests of the databases. They ask the machines, not the inventory. */
export function smokeTests({ hosts }: Pick<Context<unknown>, "hosts">): SmokeTest[] {
  if (hosts("database").length === 0) return [];
  return [
    {
      name: "exactly one database takes writes",
      run: async (probe) => `${(await primaryOf(probe)).name} is the primary`,
    },
    { name: "replication runs", run: replicationRuns },
    { name: "all databases have the same MySQL", run: sameVersion },
    { name: "no account is anonymous, without a password or from everywhere", run: accounts },
  ];
}

/** Shell that asks the machine's own MySQL, as root. */
export const query = (sql: string) => sh`mysql --no-defaults -NB --connect-timeout=5 -e ${sql}`;

async function primaryOf(probe: Probe): Promise<Host> {
  const hosts = probe.hosts("database");
  const answers = await Promise.all(
    hosts.map((host) => probe.run(host, query("SELECT @@GLOBAL.super_read_only"))),
  );
  const writable = hosts.filter((_, index) => answers[index]?.trim() === "0");
  if (writable.length === 1 && writable[0]) return writable[0];
  throw new Error(
    `found ${writable.map(({ name }) => name).join(" and ") || "none"} taking writes; expected exactly one`,
  );
}

/** The databases that are not the primary now. */
export async function replicas(probe: Probe): Promise<readonly Host[]> {
  const primary = await primaryOf(probe);
  return probe.hosts("database").filter(({ name }) => name !== primary.name);
}

/** Receiver, applier and lag. The lag is in seconds since the commit on the primary; 0 if all that came is applied. */
const LAG = `SELECT CONCAT_WS(' ', c.SERVICE_STATE, a.SERVICE_STATE, ROUND(${LAG_SECONDS}, 3))
  FROM performance_schema.replication_connection_status c JOIN performance_schema.replication_applier_status a USING (CHANNEL_NAME)
  WHERE CHANNEL_NAME = ''`;

async function replicationRuns(probe: Probe): Promise<string> {
  const primary = await primaryOf(probe);
  const set = (await probe.run(primary, query("SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '')"))).trim();
  const lags = await Promise.all(
    (await replicas(probe)).map(async (host) => {
      const [receiver, applier, lag] = (await probe.run(host, query(LAG))).trim().split(" ");
      if (receiver !== "ON" || applier !== "ON") {
        const why = (await probe.run(host, query(SHOWS.stopped))).trim();
        throw new Error(
          `${host.name}: found receiver ${receiver || "absent"}, applier ${applier || "absent"}; expected ON and ON${why && `. MySQL says: ${why}`}`,
        );
      }
      const waited = (await probe.run(host, query(`SELECT WAIT_FOR_EXECUTED_GTID_SET('${set}', 10)`))).trim();
      if (waited !== "0")
        throw new Error(`${host.name}: has not applied within 10 s what ${primary.name} had; lag ${lag} s`);
      return `${host.name} lag ${lag} s`;
    }),
  );
  return lags.join(", ") || "no replica";
}

/** A replica that is older than its source may not understand what that writes. */
async function sameVersion(probe: Probe): Promise<string> {
  const hosts = probe.hosts("database");
  const versions = await Promise.all(
    hosts.map(async (host) => (await probe.run(host, query("SELECT VERSION()"))).trim()),
  );
  const [first = ""] = versions;
  if (versions.some((version) => version !== first))
    throw new Error(
      `found ${hosts.map(({ name }, at) => `${versions[at]} on ${name}`).join(", ")}; expected one version. Upgrade the replica with the older one first: sudo apt-get install --allow-change-held-packages mysql-server`,
    );
  return first;
}

/** Accounts that are open to anybody. root may log in by the socket only; the server's own accounts are locked. */
const LOOSE = `SELECT CONCAT(QUOTE(User), '@', QUOTE(Host)) FROM mysql.user WHERE account_locked = 'N' AND (
  User = '' OR Host IN ('', '%') OR (User = 'root' AND Host <> 'localhost') OR (plugin <> 'auth_socket' AND authentication_string = ''))`;

async function accounts(probe: Probe): Promise<string> {
  const hosts = probe.hosts("database");
  const found = await Promise.all(
    hosts.map(async (host) => {
      const loose = (await probe.run(host, query(LOOSE))).trim().split("\n").filter(Boolean);
      return loose.map((account) => `${host.name} ${account}`);
    }),
  );
  if (found.flat().length > 0) throw new Error(`found ${found.flat().join(", ")}; remove them: DROP USER`);
  return hosts.map(({ name }) => name).join(", ");
}
