import { resource, type Secret, sh } from "../../../engine/index.ts";
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

/**
 * A replica of the primary. Its manager makes it one, if need be as a copy; a run waits for that, and sees to the settings. It does
 * not compare the password: to give the replica another one its receiver would have to connect again, in the moment in which the
 * primary changes accounts. That waits for the replica's confirmation, and nobody can log in meanwhile. The old password is valid
 * beside the new one, and if the replica is refused later, its manager has the new one.
 */
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
