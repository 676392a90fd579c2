import { once } from "node:events";
import { type Config, replicationPassword } from "./config.ts";
import { serve } from "./http.ts";
import { Manager } from "./manager.ts";
import { Database } from "./mysql/database.ts";
import { stepsOn } from "./mysql/steps.ts";
import { askingPeers } from "./peers.ts";
import type { Etcd } from "./store/etcd.ts";
import { Shared } from "./store/shared.ts";

export interface RunOptions {
  readonly config: Config;
  /** The certificate of the project's authority. */
  readonly authority: string;
  readonly etcd: Etcd;
  readonly log: (what: string) => void;
}

/** Milliseconds, times the patience: for MySQL's answers, and for those of other managers. */
const PATIENCE = { mysql: 1000, peers: 500 };
/** The shortest lease that etcd keeps to with its usual settings is two seconds. */
export const LEASE_SECONDS = 3;

/** The manager of this machine's database. Ends by throwing only. */
export async function runManager({ config, authority, etcd, log }: RunOptions): Promise<never> {
  const { me, databases, files, keys, patience } = config;
  const shared = new Shared(etcd, { prefix: keys, me, leaseSeconds: LEASE_SECONDS * patience });
  const database = new Database({
    ...{
      me,
      socket: files.socket,
      user: "root",
      processes: files.processes,
      stopping: files.stopping,
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
  return manager.run();
}
