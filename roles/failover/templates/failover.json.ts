import { type Host, type Text, verbatim } from "../../../engine/index.ts";
import type { Config } from "../../../failover/src/config.ts";
import { FAILOVER_KEYS, storeUrl } from "../../shared/store.ts";
import { FILES, MYSQL, PORT } from "../places.ts";

interface Options {
  host: Host;
  databases: readonly Host[];
  members: readonly Host[];
  patience: number;
}

/** What the manager is told. Its own program reads the same type. */
export default function configuration({ host, databases, members, patience }: Options): Text {
  const config: Config = {
    me: host.name,
    databases: Object.fromEntries(databases.map(({ name, address }) => [name, address])),
    store: members.map(storeUrl),
    keys: FAILOVER_KEYS,
    port: PORT,
    patience,
    files: {
      ...{
        socket: MYSQL.socket,
        processes: MYSQL.processes,
        stopping: MYSQL.stopping,
        authority: FILES.authority,
      },
      ...{ client: FILES.client, server: FILES.server },
    },
  };
  return verbatim(`${JSON.stringify(config, null, 2)}\n`);
}
