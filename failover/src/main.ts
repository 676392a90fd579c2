import { readFileSync } from "node:fs";
import { COMMANDS } from "./commands.ts";
import { readConfig } from "./config.ts";
import { Requests } from "./requests.ts";
import { runManager } from "./run.ts";
import { Etcd } from "./store/etcd.ts";

/** Milliseconds for the store's answers, times the patience. */
const STORE = 1000;

const [mode = "", file = "", ...words] = process.argv.slice(2);
const command = COMMANDS[mode];
if ((mode !== "run" && !command) || file === "") usage();
const config = readConfig(file);
const authority = readFileSync(config.files.authority, "utf8");
// The journal has the time already.
const log = (what: string) => console.log(what);
const etcd = new Etcd(
  config.store,
  { authority, pair: readFileSync(config.files.client, "utf8") },
  STORE * config.patience,
);
if (command) await once();
else await runManager({ config, authority, etcd, log });

/** Does what is asked, and ends: with 1 and a sentence if it could not. */
async function once(): Promise<never> {
  try {
    if (
      !(await command?.({ config, authority, etcd, requests: new Requests(etcd, config.keys), log, words }))
    )
      usage();
    process.exit(0);
  } catch (error) {
    log((error as Error).message);
    process.exit(1);
  }
}

function usage(): never {
  console.error(
    `usage: failover run|${Object.keys(COMMANDS).join("|")} FILE …, see failover/src/commands.ts`,
  );
  process.exit(2);
}
