import type { Host } from "../../engine/index.ts";
import { literal } from "./sql.ts";
import { TLS } from "./tls.ts";

export interface Settings {
  host: Host;
  bufferPoolMegabytes?: number | undefined;
  maxConnections: number;
  binlogDays: number;
}

/** One option: how the file has it, and the variable that shows it as mysqld runs. */
export interface Setting {
  readonly option: string;
  readonly value: string | number;
  readonly variable?: string;
  /** SQL for what the variable shows. Without it any value is right: the variable only has to be there. */
  readonly runs?: string;
}

/** The configuration, line by line; what is no setting is a comment. The file is made of it, and what runs is compared with it. */
export function configuration({ host, ...settings }: Settings): readonly (string | Setting)[] {
  const memory = settings.bufferPoolMegabytes ?? Math.floor(host.machine.memory / 4);
  return [
    { option: "user", value: "mysql" },
    setting("server_id", serverId(host.address)),
    setting("report_host", host.name),
    setting("bind_address", host.address),
    { option: "mysqlx", value: "OFF" },
    setting("skip_name_resolve", "ON"),
    setting("max_connections", settings.maxConnections),
    setting("ssl_ca", TLS.authority),
    setting("ssl_cert", TLS.certificate),
    setting("ssl_key", TLS.certificate),
    setting("tls_version", "TLSv1.2,TLSv1.3"),
    setting("require_secure_transport", "ON"),
    setting("innodb_buffer_pool_size", `${memory}M`, inChunks(memory * MEGABYTE)),
    setting("innodb_redo_log_capacity", "64M", literal(`${64 * MEGABYTE}`)),
    "# The site has no events. With the scheduler on, a primary that is stopped waits eight seconds for it before it ends",
    "# the threads that send to replicas.",
    setting("event_scheduler", "OFF"),
    setting("table_open_cache", 400),
    setting("table_definition_cache", 400),
    "",
    "# Durable: a commit is on disk before it is acknowledged. The binary log has rows, not statements: the default, and",
    "# the only format that is not deprecated.",
    setting("sync_binlog", 1),
    setting("innodb_flush_log_at_trx_commit", 1),
    setting("log_bin", "/var/lib/mysql/binlog", literal("ON")),
    setting("binlog_expire_logs_seconds", settings.binlogDays * 86_400),
    setting("gtid_mode", "ON"),
    setting("enforce_gtid_consistency", "ON"),
    setting("binlog_transaction_dependency_history_size", 25_000),
    "",
    "# A replica keeps what it has acknowledged, even if it restarts while the primary is dead.",
    setting("relay_log", "/var/lib/mysql/relay"),
    setting("sync_relay_log", 1),
    setting("relay_log_recovery", "OFF"),
    setting("replica_preserve_commit_order", "ON"),
    setting("replica_net_timeout", 10),
    setting("skip_replica_start", "ON"),
    setting("super_read_only", "ON"),
    "",
    '# loose_: otherwise options of a plugin stop "mysqld --initialize". The manager (role failover) switches the source\'s',
    "# half on, and only on the primary: on a replica it would stall the applier. Commits then wait for a replica for ever,",
    "# unless the manager lets them go: first it says so in the store.",
    { option: "plugin_load_add", value: "semisync_source.so", variable: "rpl_semi_sync_source_enabled" },
    { option: "plugin_load_add", value: "semisync_replica.so", variable: "rpl_semi_sync_replica_enabled" },
    { option: "plugin_load_add", value: "mysql_clone.so", variable: "clone_ssl_ca" },
    setting("loose_rpl_semi_sync_source_enabled", "OFF"),
    setting("loose_rpl_semi_sync_replica_enabled", "ON"),
    setting("loose_rpl_semi_sync_source_timeout", FOR_EVER),
    setting("loose_rpl_semi_sync_source_wait_point", "AFTER_SYNC"),
    setting("loose_rpl_semi_sync_source_wait_for_replica_count", 1),
    setting("loose_rpl_semi_sync_source_wait_no_replica", "ON"),
  ];
}

// --- internal ---

const MEGABYTE = 1024 * 1024;

/** Milliseconds: 49,710 days, the most that MySQL takes without a warning. */
const FOR_EVER = "4294967295000";

function setting(option: string, value: string | number, runs = literal(`${value}`)): Setting {
  return { option, value, variable: option.replace(/^loose_/, ""), runs };
}

/** InnoDB rounds its cache up to whole chunks. */
function inChunks(bytes: number): string {
  const chunk = "(@@GLOBAL.innodb_buffer_pool_chunk_size * @@GLOBAL.innodb_buffer_pool_instances)";
  return `CAST(CEIL(${bytes} / ${chunk}) * ${chunk} AS CHAR)`;
}

/** The last two bytes of the address: unique in the network that machines share, and stable. */
function serverId(address: string): number {
  const [, , third = 0, fourth = 0] = address.split(".").map(Number);
  return third * 256 + fourth;
}
