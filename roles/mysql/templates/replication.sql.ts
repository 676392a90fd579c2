import { type Secret, text } from "../../../engine/index.ts";
import { literal } from "../sql.ts";
import { TLS } from "../tls.ts";

/** How often a replica tries to reach its source, once a second: 136 years. MySQL's default gives up after ten tries. */
export const TRIES = 4_294_967_295;

/** Replication as the manager sets it up (failover/src/mysql/statements.ts), but for its source. Nothing may wait to be applied. */
export const tuned = (password: Secret) => text`
  STOP REPLICA;
  CHANGE REPLICATION FILTER REPLICATE_DO_DB = (), REPLICATE_IGNORE_DB = (), REPLICATE_DO_TABLE = (), REPLICATE_IGNORE_TABLE = (),
    REPLICATE_WILD_DO_TABLE = (), REPLICATE_WILD_IGNORE_TABLE = (), REPLICATE_REWRITE_DB = ();
  CHANGE REPLICATION SOURCE TO SOURCE_USER = 'replication', SOURCE_PASSWORD = '${password}', SOURCE_AUTO_POSITION = 1,
    SOURCE_SSL = 1, SOURCE_SSL_CA = ${literal(TLS.authority)}, SOURCE_SSL_VERIFY_SERVER_CERT = 1, SOURCE_CONNECT_RETRY = 1,
    SOURCE_RETRY_COUNT = ${TRIES}, SOURCE_HEARTBEAT_PERIOD = 1, SOURCE_DELAY = 0;
  SET GLOBAL super_read_only = ON;
  START REPLICA;
`;

/** Why the applier has stopped, in MySQL's own words: the error's number, the transaction and the row. NULL if nothing is wrong. */
const STOPPED = `SELECT CONCAT('error ', LAST_ERROR_NUMBER, ': ', LAST_ERROR_MESSAGE)
    FROM performance_schema.replication_applier_status_by_worker WHERE CHANNEL_NAME = '' AND LAST_ERROR_NUMBER <> 0
    ORDER BY LAST_ERROR_TIMESTAMP DESC LIMIT 1`;

/** SQL expressions about a replica: whom it follows, how, and whether it does. */
export const SHOWS = {
  source: `SELECT CONCAT_WS(' ', HOST, USER, SSL_ALLOWED, SSL_VERIFY_SERVER_CERTIFICATE, SSL_CA_FILE, AUTO_POSITION)
    FROM performance_schema.replication_connection_configuration WHERE CHANNEL_NAME = ''`,
  settings: `SELECT CONCAT_WS(' ', c.CONNECTION_RETRY_INTERVAL, c.CONNECTION_RETRY_COUNT, c.HEARTBEAT_INTERVAL, a.DESIRED_DELAY,
      (SELECT COUNT(*) FROM performance_schema.replication_applier_filters WHERE FILTER_RULE <> ''),
      (SELECT COUNT(*) FROM performance_schema.replication_connection_configuration))
    FROM performance_schema.replication_connection_configuration c
    JOIN performance_schema.replication_applier_configuration a USING (CHANNEL_NAME) WHERE CHANNEL_NAME = ''`,
  threads: `SELECT CONCAT_WS(' ', @@GLOBAL.super_read_only, IF(c.SERVICE_STATE = 'OFF', 'OFF', 'ON'), a.SERVICE_STATE, IF(a.SERVICE_STATE = 'OFF', (${STOPPED}), NULL))
    FROM performance_schema.replication_connection_status c, performance_schema.replication_applier_status a
    WHERE c.CHANNEL_NAME = '' AND a.CHANNEL_NAME = ''`,
  /** The source's address, if the receiver runs or tries to. */
  follows: `SELECT c.HOST FROM performance_schema.replication_connection_configuration c
    JOIN performance_schema.replication_connection_status s USING (CHANNEL_NAME) WHERE CHANNEL_NAME = '' AND s.SERVICE_STATE <> 'OFF'`,
  applied:
    "SELECT GTID_SUBSET(RECEIVED_TRANSACTION_SET, @@GLOBAL.gtid_executed) FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''",
  applier: "SELECT SERVICE_STATE FROM performance_schema.replication_applier_status WHERE CHANNEL_NAME = ''",
  stopped: STOPPED,
  receiver:
    "SELECT SERVICE_STATE FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''",
  error:
    "SELECT LAST_ERROR_MESSAGE FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''",
} as const;

/** Seconds since the commit on the primary of what a replica applies now; 0 if all that came is applied. An SQL expression. */
export const LAG_SECONDS = `COALESCE((
  SELECT MAX(IF(APPLYING_TRANSACTION = '', 0, TIMESTAMPDIFF(MICROSECOND, APPLYING_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP, NOW(6)))) / 1e6
  FROM performance_schema.replication_applier_status_by_worker), 0)`;
