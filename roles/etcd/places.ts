import type { Host } from "../../engine/index.ts";

/** Where the store keeps its data: Debian's own place. */
export const DATA = "/var/lib/etcd/default";

/** etcd makes this directory in one move, when it is founded or has joined. So it tells whether a machine has data. */
export const WAL = `${DATA}/member/wal`;

/** What etcd is told at its first start alone: with whom it is founded, or whom it joins. Gone when it has a leader. */
export const BIRTH = "/var/lib/quintet/etcd-birth.env";

/** What the users were when a run last made them: a hash of what was wanted, and the store's revision of them. */
export const SEAL = "/var/lib/quintet/etcd-access";

export const CONFIGURATION = "/etc/etcd/etcd.env";

export const TLS = {
  authority: "/etc/etcd/authority.pem",
  /** By this a member proves to clients and to the other members who it is. */
  member: "/etc/etcd/member.pem",
  /** By this runs may do everything. Only root can read it. */
  root: "/etc/etcd/root.pem",
} as const;

export const PROGRAMS = {
  /** etcdctl as the store's root, with all members. `ETCDCTL_ENDPOINTS` names others. */
  ctl: "/usr/local/lib/quintet/etcdctl",
  restart: "/usr/local/lib/quintet/etcd-restart",
} as const;

export const PORTS = { clients: 2379, peers: 2380, metrics: 2381 } as const;

export const peerUrl = ({ address }: Pick<Host, "address">) => `https://${address}:${PORTS.peers}`;

/** Where a member tells its own machine how it is. */
export const HTTP = `http://127.0.0.1:${PORTS.metrics}`;

/** Whether it has a leader and no alarm. It answers by itself: a question to the others could be late on busy machines. */
export const HEALTH = `${HTTP}/health?serializable=true`;
