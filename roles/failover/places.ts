/** Where the releases of the manager are. */
export const PROGRAM = "/srv/failover";

/** Where a manager answers, on its machine's own address. */
export const PORT = 8405;

export const FILES = {
  configuration: "/etc/quintet/failover.json",
  /** Password of the account `replication`, for systemd to hand over. */
  password: "/etc/quintet/failover-replication-password",
  authority: "/etc/quintet/failover-authority.pem",
  /** By this the store knows the manager. */
  client: "/etc/quintet/failover-client.pem",
  /** By this the others know it. */
  server: "/etc/quintet/failover-server.pem",
} as const;

/** As Debian's mysql.service has it. */
export const MYSQL = {
  socket: "/run/mysqld/mysqld.sock",
  processes: "/sys/fs/cgroup/system.slice/mysql.service/cgroup.procs",
  /** Ours: it is there while MySQL is being stopped. */
  stopping: "/run/quintet-mysql-stopping",
} as const;
