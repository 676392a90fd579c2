import { createHash } from "node:crypto";
import { resource, type Secret, sh, text } from "../../../engine/index.ts";
import clientCnf from "../templates/client.cnf.ts";
import { expression, literal } from "./look.ts";

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
  (_name, { source, password, mark }) => {
    const settings = `SELECT CONCAT_WS(' ', HOST, USER, SSL_ALLOWED, AUTO_POSITION) FROM performance_schema.replication_connection_configuration WHERE CHANNEL_NAME = ''`;
    const secret = `SELECT SHA2(User_password, 256) FROM mysql.slave_master_info WHERE Channel_name = ''`;
    const threads = `SELECT CONCAT_WS(' ', @@GLOBAL.super_read_only, IF(c.SERVICE_STATE = 'OFF', 'OFF', 'ON'), a.SERVICE_STATE) FROM performance_schema.replication_connection_status c, performance_schema.replication_applier_status a WHERE c.CHANNEL_NAME = '' AND a.CHANNEL_NAME = ''`;
    return {
      expects: [
        {
          look: expression("replication source", settings),
          is: `${source} replication YES 1`,
          label: "source",
        },
        {
          look: expression("replication secret", secret),
          is: createHash("sha256").update(password.reveal()).digest("hex"),
        },
        {
          look: expression("replication threads", threads),
          is: "1 ON ON",
          label: "read-only, receiver, applier",
        },
      ],
      waits: { seconds: 600, until: reachable(source) },
      content: clientCnf({ user: "replication", password }),
      apply: sh`
      primary() { content_$n | mysql --defaults-file=/dev/stdin -h ${source} -NB -e "$1"; }
      here() { mysql --no-defaults -NB "$@"; }
      ${clone(source, password, mark)}
      lost=$(primary "SELECT GTID_SUBTRACT('$(here -e "SELECT REPLACE(@@GLOBAL.gtid_executed, '\n', '')")', @@GLOBAL.gtid_executed)")
      [ -z "$lost" ] || {
        echo "this machine has transactions that the primary has not got: $lost"
        echo "They are writes that were never acknowledged, or made here by hand. Look at them (mysqlbinlog), then give the data up:"
        echo ${`  sudo rm ${mark}; DROP the application's database here; run again, and it starts as a clone`}
        exit 1
      }
      printf %s ${attach(source, password)} | here
      ${settled}`,
    };
  },
);

// --- internal ---

function reachable(source: string) {
  return sh`
    content_$n | mysql --defaults-file=/dev/stdin -h ${source} -NB -e 'SELECT 1' >/dev/null 2>&1 || {
      echo ${`the primary at ${source} to take connections of its replicas`}
      exit 1
    }`;
}

/** A user's own data is never cloned over: only what a fresh package brings is. */
function clone(source: string, password: Secret, mark: string) {
  return sh`
    if [ ! -e ${mark} ]; then
      own=$(here -e "SELECT GROUP_CONCAT(schema_name) FROM information_schema.schemata WHERE schema_name NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')")
      [ "$own" = NULL ] || { echo "this machine has databases of its own ($own): cloning would delete them. Move them away first."; exit 1; }
      printf %s ${cloneStatements(source, password)} | here >"$work/clone" 2>&1 || :
      left=120
      until state=$(here -e 'SELECT STATE FROM performance_schema.clone_status' 2>/dev/null) && [ "$state" = Completed ]; do
        left=$((left - 1))
        [ $left -gt 0 ] || { cat "$work/clone"; echo "the clone did not complete: \${state:-mysqld does not answer}"; exit 1; }
        sleep 1
      done
    fi`;
}

const cloneStatements = (source: string, password: Secret) => text`
  SET GLOBAL clone_valid_donor_list = ${literal(`${source}:3306`)};
  CLONE INSTANCE FROM 'replication'@${literal(source)}:3306 IDENTIFIED BY '${password}' REQUIRE SSL;
`;

const attach = (source: string, password: Secret) => text`
  STOP REPLICA;
  CHANGE REPLICATION SOURCE TO SOURCE_HOST = ${literal(source)}, SOURCE_PORT = 3306, SOURCE_USER = 'replication',
    SOURCE_PASSWORD = '${password}', SOURCE_AUTO_POSITION = 1, SOURCE_SSL = 1, SOURCE_CONNECT_RETRY = 1,
    SOURCE_RETRY_COUNT = 86400, SOURCE_HEARTBEAT_PERIOD = 1;
  START REPLICA;
`;

const settled = sh`
  left=30
  until [ "$(here -e "SELECT SERVICE_STATE FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''")" = ON ]; do
    left=$((left - 1))
    [ $left -gt 0 ] || {
      here -e "SELECT LAST_ERROR_MESSAGE FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''"
      exit 1
    }
    sleep 1
  done`;
