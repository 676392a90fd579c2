import { ConfigError, readConfig } from "./config.ts";
import { openDatabase } from "./database/database.ts";
import { stopOnSignal, whereToListen } from "./lifecycle.ts";
import { makeLogger } from "./log.ts";
import { buildSite } from "./site.ts";

try {
  const config = readConfig(process.env);
  const log = makeLogger(config);
  const database = await openDatabase(config, log);
  const site = buildSite(config, database, log);
  stopOnSignal(site, database, log);
  await site.listen(whereToListen(process.env, process.pid, config.port));
} catch (error) {
  const problems =
    error instanceof ConfigError ? error.problems : [error instanceof Error ? error.stack : error];
  for (const problem of problems) console.error(`cannot start: ${problem}`);
  process.exit(1);
}
