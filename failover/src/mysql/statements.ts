/** How MySQL's semi-synchronous replication must be set where commits wait: they never stop waiting by themselves. */
const WAITS = {
  rpl_semi_sync_source_wait_for_replica_count: "1",
  rpl_semi_sync_source_wait_no_replica: "ON",
  rpl_semi_sync_source_wait_point: "AFTER_SYNC",
  /** Milliseconds: 49,710 days, the most that MySQL takes without a warning. */
  rpl_semi_sync_source_timeout: "4294967295000",
  /** Last, so that no commit waits in another way. */
  rpl_semi_sync_source_enabled: "ON",
} as const;

const quoted = (value: string) => (/^\d+$/.test(value) ? value : `'${value}'`);

/** Makes commits wait for a replica. */
export const MAKE_COMMITS_WAIT = Object.entries(WAITS).map(
  ([name, value]) => `SET GLOBAL ${name} = ${quoted(value)}`,
);

/** Commits that wait are acknowledged, too. */
export const LET_COMMITS_GO = "SET GLOBAL rpl_semi_sync_source_enabled = OFF";

/**
 * All that one observation needs. One row. What somebody may have taken out, the plugins of replication and of copies, keeps nobody from
 * observing: without the first no commit waits, and without the second there is no copy.
 */
export const OBSERVE = observe("(SELECT STATE FROM performance_schema.clone_status)");

/** For a MySQL without the plugin that copies: its table is not there. */
export const OBSERVE_WITHOUT_COPIES = observe("NULL");

/** Whether a set of transactions has all of another one, and all of all. */
export const HAS_ALL = "SELECT GTID_SUBSET(?, ?) AS has";

/** The manager's own row, which is also how it finds out whether a commit is confirmed. */
export const OWN_ROW = {
  make: [
    "CREATE DATABASE IF NOT EXISTS quintet",
    `CREATE TABLE IF NOT EXISTS quintet.failover (id TINYINT UNSIGNED PRIMARY KEY, term BIGINT UNSIGNED NOT NULL,
       primary_name VARCHAR(255) NOT NULL, written_at TIMESTAMP(6) NOT NULL)`,
  ],
  write: `INSERT INTO quintet.failover VALUES (1, ?, ?, UTC_TIMESTAMP(6)) AS new
    ON DUPLICATE KEY UPDATE term = new.term, primary_name = new.primary_name, written_at = new.written_at`,
} as const;

/** Who may receive from this database. Values: an account's host; the number of a connection. */
export const ADMITTING = {
  readOnly: "SELECT @@GLOBAL.super_read_only AS super_read_only",
  accounts: "SELECT Host AS host FROM mysql.user WHERE User = 'replication'",
  lock: "ALTER USER 'replication'@? ACCOUNT LOCK",
  unlock: "ALTER USER 'replication'@? ACCOUNT UNLOCK",
  connections: `SELECT ID AS id, SUBSTRING_INDEX(HOST, ':', 1) AS host FROM performance_schema.processlist
    WHERE COMMAND LIKE 'Binlog Dump%'`,
  cut: "KILL ?",
} as const;

const AUTHORITY = "/etc/mysql/tls/authority.pem";

/** Where a replica receives from. Values: the address, and the password of the account `replication`. */
export const SOURCE = `CHANGE REPLICATION SOURCE TO SOURCE_HOST = ?, SOURCE_PORT = 3306, SOURCE_USER = 'replication',
  SOURCE_PASSWORD = ?, SOURCE_AUTO_POSITION = 1, SOURCE_SSL = 1, SOURCE_SSL_CA = '${AUTHORITY}',
  SOURCE_SSL_VERIFY_SERVER_CERT = 1, SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 4294967295,
  SOURCE_HEARTBEAT_PERIOD = 1, SOURCE_DELAY = 0`;

/** Copies another database over this one. Values: its address with the port, or without; the password. */
export const CLONE = {
  from: "SET GLOBAL clone_valid_donor_list = ?",
  verify: `SET GLOBAL clone_ssl_ca = '${AUTHORITY}'`,
  start: "CLONE INSTANCE FROM 'replication'@?:3306 IDENTIFIED BY ? REQUIRE SSL",
} as const;

// --- internal ---

function observe(copied: string): string {
  const waits = Object.entries(WAITS).map(([name, value]) => `('${name}', '${value}')`);
  return `
  SELECT @@GLOBAL.read_only AS read_only,
    (SELECT COUNT(*) = ${waits.length} FROM performance_schema.global_variables
      WHERE (VARIABLE_NAME, VARIABLE_VALUE) IN (${waits.join(", ")})) AS waits,
    REPLACE(@@GLOBAL.gtid_executed, '\\n', '') AS executed,
    (SELECT JSON_OBJECTAGG(SUBSTRING(VARIABLE_NAME, 22), VARIABLE_VALUE) FROM performance_schema.global_status
      WHERE VARIABLE_NAME LIKE 'Rpl\\_semi\\_sync\\_source\\_%') AS semi_sync,
    (SELECT JSON_ARRAYAGG(Host) FROM (SELECT Host FROM mysql.user WHERE User = 'replication' AND account_locked = 'N'
      UNION SELECT SUBSTRING_INDEX(HOST, ':', 1) FROM performance_schema.processlist WHERE COMMAND LIKE 'Binlog Dump%') AS one) AS admits,
    c.HOST AS source, s.SERVICE_STATE AS receiver, s.LAST_ERROR_NUMBER AS receiver_error,
    COALESCE(REPLACE(s.RECEIVED_TRANSACTION_SET, '\\n', ''), '') AS received,
    a.SERVICE_STATE AS applier, ${copied} AS clone
  FROM (SELECT 1) AS one
    LEFT JOIN performance_schema.replication_connection_configuration c ON c.CHANNEL_NAME = ''
    LEFT JOIN performance_schema.replication_connection_status s ON s.CHANNEL_NAME = ''
    LEFT JOIN performance_schema.replication_applier_status a ON a.CHANNEL_NAME = ''`;
}
