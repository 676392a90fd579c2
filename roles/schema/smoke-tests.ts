import { type Context, type Probe, type SmokeTest, sh } from "../../engine/index.ts";
import { query, replicas } from "../mysql/smoke-tests.ts";

/** Smoke tests of the application's database. */
export function smokeTests({ vars }: Pick<Context<{ database: string }>, "vars">): SmokeTest[] {
  return [{ name: "every replica refuses writes", run: (probe) => refusesWrites(probe, vars.database) }];
}

// --- internal ---

/** Tries it as root, who may do more than the application. If the insert is let in, it is rolled back. */
async function refusesWrites(probe: Probe, database: string): Promise<string> {
  const insert = `INSERT INTO ${database}.schema_migrations (name, checksum) VALUES ('smoke', 'smoke')`;
  const attempt = query(`START TRANSACTION; ${insert}; ROLLBACK`);
  const refusing = (await replicas(probe)).map(async (host) => {
    const answer = await probe.run(host, sh`{ ${attempt} && echo 'it took the write'; } 2>&1 || :`);
    if (!answer.includes("ERROR 1290"))
      throw new Error(`${host.name}: found ${answer.trim()}; expected error 1290, read-only`);
    return host.name;
  });
  return `${(await Promise.all(refusing)).join(", ") || "no replica"}: error 1290, super_read_only`;
}
