/**
 * Who goes when a machine's memory runs out: systemd's OOMScoreAdjust, highest first. The application goes before all
 * others: requests wait in its socket until it is back. Without the rest the machine is no use, or nobody gets in; sshd
 * looks after itself. See Documentation/filesystems/proc, oom_score_adj.
 */
export const OUT_OF_MEMORY = {
  app: 500,
  nginx: -250,
  haproxy: -500,
  mysql: -500,
  failover: -600,
  etcd: -700,
  keepalived: -900,
} as const;
