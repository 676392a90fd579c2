import { type Host, text } from "../../../engine/index.ts";
import { TLS } from "../tls.ts";

interface Settings {
  host: Host;
  bufferPoolMegabytes?: number | undefined;
  maxConnections: number;
  binlogDays: number;
  semiSyncTimeoutMs: number;
}

/**
 * The same file for primary and replica, so that each can become the other. It never says who takes writes: every start
 * is read-only, and mysql-role opens the primary.
 */
export default ({ host, maxConnections, binlogDays, semiSyncTimeoutMs, ...settings }: Settings) => text`
  [mysqld]
  user                          = mysql
  server_id                     = ${serverId(host.address)}
  report_host                   = ${host.name}
  bind_address                  = ${host.address}
  mysqlx                        = OFF
  skip_name_resolve             = ON
  max_connections               = ${maxConnections}
  ssl_ca                        = ${TLS.authority}
  ssl_cert                      = ${TLS.certificate}
  ssl_key                       = ${TLS.certificate}
  tls_version                   = TLSv1.2,TLSv1.3
  require_secure_transport      = ON
  innodb_buffer_pool_size       = ${settings.bufferPoolMegabytes ?? Math.floor(host.machine.memory / 4)}M
  innodb_redo_log_capacity      = 64M
  table_open_cache              = 400
  table_definition_cache        = 400

  # Durable: a commit is on disk before it is acknowledged. The binary log has rows, not statements: the default, and
  # the only format that is not deprecated.
  sync_binlog                   = 1
  innodb_flush_log_at_trx_commit = 1
  log_bin                       = /var/lib/mysql/binlog
  binlog_expire_logs_seconds    = ${binlogDays * 86_400}
  gtid_mode                     = ON
  enforce_gtid_consistency      = ON
  binlog_transaction_dependency_history_size = 25000

  # A replica keeps what it has acknowledged, even if it restarts while the primary is dead.
  relay_log                     = /var/lib/mysql/relay
  sync_relay_log                = 1
  relay_log_recovery            = OFF
  replica_preserve_commit_order = ON
  replica_net_timeout           = 10
  skip_replica_start            = ON
  super_read_only               = ON

  # loose_: otherwise options of a plugin stop "mysqld --initialize". mysql-role switches the source's half on, and only
  # on the primary: on a replica it would stall the applier.
  plugin_load_add               = semisync_source.so
  plugin_load_add               = semisync_replica.so
  plugin_load_add               = mysql_clone.so
  loose_rpl_semi_sync_source_enabled = OFF
  loose_rpl_semi_sync_replica_enabled = ON
  loose_rpl_semi_sync_source_timeout = ${semiSyncTimeoutMs}
  loose_rpl_semi_sync_source_wait_point = AFTER_SYNC
  loose_rpl_semi_sync_source_wait_for_replica_count = 1
  loose_rpl_semi_sync_source_wait_no_replica = OFF
`;

// --- internal ---

/** The last two bytes of the address: unique in the network that machines share, and stable. */
function serverId(address: string): number {
  const [, , third = 0, fourth = 0] = address.split(".").map(Number);
  return third * 256 + fourth;
}
