import { createHash } from "node:crypto";
import { resource, type Secret, sh } from "../../../engine/index.ts";
import clientCnf from "../templates/client.cnf.ts";
import { attach, SHOWS } from "../templates/replication.sql.ts";
import { cloned } from "./cloned.ts";
import { expression } from "./look.ts";

export interface ReplicationOptions {
  /** Address of the primary. */
  source: string;
  password: Secret;
  /** File that a machine has once it was a database of this cluster. */
  mark: string;
}

/**
 * A replica of the primary. A machine that never was a database here starts as a clone of it; one that was is only
 * attached when it has no transaction that the primary has not got: otherwise the two would differ for ever.
 */
export const replication = resource<ReplicationOptions>(
  "replication",
  (_name, { source, password, mark }) => ({
    expects: [
      {
        look: expression("replication source", SHOWS.source),
        is: `${source} replication YES 1`,
        label: "source",
      },
      {
        look: expression("replication password", SHOWS.password),
        is: createHash("sha256").update(password.reveal()).digest("hex"),
      },
      {
        look: expression("replication threads", SHOWS.threads),
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
    primary() { content_$n | mysql --defaults-file=/dev/stdin -h ${source} -NB -e "$1"; }
    here() { mysql --no-defaults -NB "$@"; }
    ${cloned(source, password, mark)}
    mine=$(here -e "SELECT REPLACE(@@GLOBAL.gtid_executed, '\n', '')")
    stray=$(primary "SELECT GTID_SUBTRACT('$mine', @@GLOBAL.gtid_executed)")
    [ -z "$stray" ] || {
      echo "this machine has transactions that the primary has not got: $stray"
      echo 'They are writes that were never acknowledged, or made here by hand. Look at them (mysqlbinlog). To give'
echo ${`them up: sudo mysql -e "SET GLOBAL super_read_only = OFF", drop the databases of your own, sudo rm -f ${mark} ${mark}.clone; the next run makes it a clone of the primary`}
      exit 1
    }
    printf %s ${attach(source, password)} | here
    left=30
    until [ "$(here -e ${SHOWS.receiver})" = ON ]; do
      left=$((left - 1))
      [ $left -gt 0 ] || { here -e ${SHOWS.error}; exit 1; }
      sleep 1
    done`,
  }),
);
