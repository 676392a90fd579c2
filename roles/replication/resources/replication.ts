import { resource, type Secret, sh, sha256Of } from "../../../engine/index.ts";
import { WHY } from "../../failover/manager.ts";
import { expression } from "../../mysql/sql.ts";
import { SHOWS, TRIES, tuned } from "../../mysql/templates/replication.sql.ts";
import { TLS } from "../../mysql/tls.ts";
import { TUNED } from "../shell/tuned.ts";

export interface ReplicationOptions {
  /** Addresses that it may receive from: of three databases one receives from the primary, and the third from that one. */
  sources: readonly string[];
  password: Secret;
}

/** A replica of the primary. Its manager makes it one, if need be as a copy; a run waits for that, and sees to the settings. */
export const replication = resource<ReplicationOptions>("replication", (_name, { sources, password }) => ({
  expects: [
    {
      observe: expression("replication source", SHOWS.source),
      is: "none of the databases",
      or: sources.map((source) => `${source} replication YES YES ${TLS.authority} 1`),
      label: "source",
    },
    {
      observe: expression("replication settings", SHOWS.settings),
      is: `1 ${TRIES} 1.000 0 0 1`,
      label: "seconds and tries to connect again, heartbeat, delay, filters, channels",
    },
    {
      observe: expression("replication password", SHOWS.password),
      is: sha256Of(password.reveal()),
    },
    {
      observe: expression("replication threads", SHOWS.threads),
      is: "1 ON ON",
      label: "read-only, receiver, applier",
    },
  ],
  content: tuned(password),
  waits: {
    seconds: 600,
    until: sh`
      from=$(mysql --no-defaults -NB --connect-timeout=5 -e ${SHOWS.follows} 2>&1) || :
      for source in ${sources}; do [ "$from" != "$source" ] || exit 0; done
      echo "the manager to make this machine a replica: $(${WHY})"
      exit 1`,
  },
  apply: TUNED,
}));
