import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readConfig, replicationPassword } from "./config.ts";
import { serve } from "./http.ts";
import { Manager } from "./manager.ts";
import { Database } from "./mysql/database.ts";
import { stepsOn } from "./mysql/steps.ts";
import { askingPeers } from "./peers.ts";
import { Etcd } from "./store/etcd.ts";
import { Shared } from "./store/shared.ts";

/** Milliseconds, times the patience: for MySQL's answers, the store's, and those of other managers. */
const PATIENCE = { mysql: 1000, store: 1000, peers: 500 };
/** The shortest lease that etcd keeps to with its usual settings is two seconds. */
const LEASE_SECONDS = 3;

const [mode, file = "", name = ""] = process.argv.slice(2);
if (mode !== "run" && mode !== "seed") usage();
const config = readConfig(file);
const { me, databases, files, patience } = config;
const authority = readFileSync(files.authority, "utf8");
// The journal has the time already.
const log = (what: string) => console.log(what);

const etcd = new Etcd(
  config.store,
  { authority, pair: readFileSync(files.client, "utf8") },
  PATIENCE.store * patience,
);
const shared = new Shared(etcd, { prefix: config.keys, me, leaseSeconds: LEASE_SECONDS * patience });
if (mode === "seed") await seed(name);
else await run();

/** Writes into an empty store who the primary is. */
async function seed(primary: string): Promise<void> {
  if (databases[primary] === undefined) usage();
  log(
    (await shared.seed(primary)) ? `${primary} is the primary` : "the store knows already who the primary is",
  );
  process.exit();
}

async function run(): Promise<void> {
  const database = new Database({
    ...{
      socket: files.socket,
      user: "root",
      processes: files.processes,
      patience: PATIENCE.mysql * patience,
    },
    names: new Map(Object.entries(databases).map(([database, address]) => [address, database])),
  });
  const steps = stepsOn(database, {
    ...{ me, log, password: replicationPassword },
    addressOf: (database) => databases[database] ?? "",
  });
  const others = Object.entries(databases).filter(([database]) => database !== me);
  const askPeers = askingPeers({
    ...{ authority, patience: PATIENCE.peers * patience },
    urls: Object.fromEntries(
      others.map(([database, address]) => [database, `https://${address}:${config.port}`]),
    ),
  });
  const manager = new Manager({ me, database, steps, shared, askPeers, log, patience });
  // A second manager on this machine ends here, before it has changed anything.
  const answering = serve(manager, {
    ...{ me, port: config.port, address: databases[me] ?? "", certificate: files.server },
  });
  await once(answering, "listening");
  await manager.run();
}

function usage(): never {
  console.error("usage: failover run FILE | failover seed FILE PRIMARY");
  process.exit(2);
}
