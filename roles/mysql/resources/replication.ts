import { resource, type Secret, sh, sha256Of } from "../../../engine/index.ts";
import { attached } from "../shell/attach.ts";
import { cloned } from "../shell/clone.ts";
import { CONFIGURED } from "../shell/configured.ts";
import { expression } from "../sql.ts";
import clientCnf from "../templates/client.cnf.ts";
import { SHOWS, TRIES } from "../templates/replication.sql.ts";
import { TLS } from "../tls.ts";

export interface ReplicationOptions {
  /** Address of the primary. */
  source: string;
  password: Secret;
  /** File that a machine has if it was ever a database of this cluster. */
  mark: string;
}

/**
 * A replica of the primary. A machine that was never a database here starts as a clone of the primary. One that was is
 * only attached if it has no transaction that the primary lacks: otherwise the two would differ for ever.
 */
export const replication = resource<ReplicationOptions>(
  "replication",
  (_name, { source, password, mark }) => ({
    expects: [
      {
        observe: expression("replication source", SHOWS.source),
        is: `${source} replication YES YES ${TLS.authority} 1`,
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
    content: clientCnf({ user: "replication", password }),
    waits: {
      seconds: 600,
      until: sh`
      content_$n | mysql --defaults-file=/dev/stdin -h ${source} -NB -e 'SELECT 1' >/dev/null 2>&1 && exit 0
      echo ${`the primary at ${source} to take connections of its replicas`}
      exit 1`,
    },
    apply: sh`
    here() { mysql --no-defaults -NB "$@"; }
    ${CONFIGURED}
    ${cloned(source, password, mark)}
    ${attached(source, password, mark)}`,
  }),
);
