import { quote } from "../../engine/template/shell.ts";
import { MISREAD, MISREAD_BY_MYSQL, override, strayed, tell } from "../helpers/by-hand.ts";

/** A kind of drift: its name, and the shell that causes it. */
export interface Stray {
  readonly what: string;
  readonly shell: string;
}

/** The kinds of drift of the resource with this id. None if a run must not undo them, because a person decides. */
export function straysOf(id: string, host: string): Stray[] {
  const [, type = "", name = ""] = /^(\w+)\[(.*)\]$/s.exec(id) ?? [];
  const ways = WAYS[type]?.(name, host) ?? {};
  return Object.entries(ways).map(([what, shell]) => ({ what: `${id} ${what}`, shell }));
}

// --- internal ---

type Ways = Readonly<Record<string, string>>;

const sql = (statement: string) => `mysql --no-defaults -e ${quote(statement)}`;

/** Drift of files: content, mode, owner and type. */
function files(...paths: readonly string[]): Ways {
  return Object.assign({}, ...paths.map((path) => oneFile(path, paths.length > 1 ? `${path} ` : "")));
}

function oneFile(path: string, which: string): Ways {
  const at = quote(path);
  const misread = [...MISREAD, MISREAD_BY_MYSQL].find(({ file }) => file === path);
  return {
    ...(misread && {
      [`${which}was another when it was read`]: strayed(path, misread.edit, misread.read),
    }),
    [`${which}was edited`]: `echo '# strayed' >>${at}`,
    [`${which}is empty`]: `: >${at}`,
    [`${which}is gone`]: `rm -f ${at}`,
    [`${which}has another mode`]: `chmod 0646 ${at}`,
    [`${which}is somebody else's`]: `chown games:games ${at}`,
    [`${which}is a link`]: `[ -L ${at} ] || mv ${at} /var/tmp/strayed; ln -sfn /var/tmp/strayed ${at}`,
  };
}

/** Kernel settings that somebody changes, by the file that has them. */
const SETTINGS: Readonly<Record<string, Ways>> = {
  "/etc/sysctl.d/50-quintet.conf": {
    "allows redirects": "sysctl -q -w net.ipv4.conf.all.accept_redirects=1",
    "trusts sources": "sysctl -q -w net.ipv4.conf.default.accept_source_route=1",
  },
  "/etc/sysctl.d/60-quintet-limits.conf": {
    "lets ports rest": "sysctl -q -w net.ipv4.tcp_tw_reuse=0",
  },
  "/etc/sysctl.d/60-quintet-tracking.conf": {
    "remembers closed connections": "sysctl -q -w net.netfilter.nf_conntrack_tcp_timeout_time_wait=120",
  },
};

const WAYS: Readonly<Record<string, (name: string, host: string) => Ways>> = {
  file: (path) => files(path),
  sshd: (path) => ({
    ...files(path),
    "was another when it was read": strayed(path, "echo 'X11Forwarding yes' >", "systemctl restart ssh"),
  }),
  ruleset: (path) => ({ ...files(path), "is flushed": "nft flush ruleset" }),
  fileSet: () => files("/etc/haproxy/haproxy.cfg", "/etc/haproxy/unavailable.html"),
  asConfigured: () => ({
    "has a server in maintenance": tell("disable server web/web-01"),
    "drains a server": tell("set server web/web-02 state drain"),
    "gives a server no requests": tell("set server web/web-03 weight 0"),
    "does not check a server": tell("disable health web/web-01"),
    "has a closed frontend": tell("disable frontend plain"),
  }),
  kernel: (path) => ({
    ...files(path),
    ...SETTINGS[path],
  }),
  aptHold: () => ({ "may be upgraded": "apt-mark unhold mysql-server-core" }),
  aptSuite: (suite) =>
    files(`/etc/apt/sources.list.d/quintet-${suite}.sources`, `/etc/apt/preferences.d/quintet-${suite}`),
  apt: (name) => (KEPT.includes(name) ? {} : { "was purged": purge(name) }),
  service: (name, host) => ({
    ...(name === "mysql" && host === "db-01"
      ? {}
      : {
          "was stopped": `systemctl stop ${name}`,
          "was masked": `systemctl mask --quiet --now ${name}`,
          "was masked until the next boot": `systemctl mask --quiet --now --runtime ${name}`,
        }),
    "does not start at boot": `systemctl disable --quiet ${name}`,
    ...(["nginx", "haproxy", "nsd", "keepalived", "etcd"].includes(name) && {
      "is overridden": override(name, "[Service]\\nLimitNOFILE=5000"),
      "is overridden, and was restarted": override(name, "[Service]\\nNice=3", `systemctl restart ${name}`),
      "has a limit": `systemctl set-property ${name}.service MemoryMax=600M`,
    }),
  }),
  user: (name) => ({
    "is gone": `userdel --force ${name}`,
    "has a shell": `usermod --shell /bin/sh ${name}`,
    "has a home": `usermod --home /tmp ${name}`,
  }),
  directory: (path) => ({
    "has another mode": `chmod 0711 ${quote(path)}`,
    "is somebody else's": `chown games:games ${quote(path)}`,
  }),
  line: (line) => {
    const [word = ""] = line.split(" ");
    return {
      "is gone": `sed -i '/^${word}[ \t]/d' /etc/login.defs`,
      "says something else": `sed -i 's/^${word}[ \t].*/${word} 7/' /etc/login.defs`,
    };
  },
  sysctl: (name) => ({
    "was switched off": `sysctl -q -w ${name}=0`,
    "is not kept": `rm -f /etc/sysctl.d/60-quintet-${name}.conf`,
  }),
  hostname: () => ({ "is another": "hostname strayed", "is not kept": "echo strayed >/etc/hostname" }),
  command: () => ({
    "is not so for root": "usermod --password x root",
    "is not so for vagrant": "usermod --password x vagrant",
  }),
  release: (path) => ({
    "is another": `ln -sfn releases/none ${path}/current`,
    "is gone": `rm -rf ${path}/releases/*`,
    "has another mode": `chmod 0700 ${path}/releases/*`,
    "has no current one": `rm ${path}/current`,
  }),
  account: (name) => ({
    "was dropped": sql(`DROP USER ${name}@'192.168.56.%'`),
    "has another password": sql(`ALTER USER ${name}@'192.168.56.%' IDENTIFIED BY 'another-one-1'`),
    "may do more": sql(`GRANT PROCESS ON *.* TO ${name}@'192.168.56.%'`),
    "may do nothing": sql(`REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${name}@'192.168.56.%'`),
    "needs no TLS": sql(`ALTER USER ${name}@'192.168.56.%' REQUIRE NONE`),
    "is locked": sql(`ALTER USER ${name}@'192.168.56.%' ACCOUNT LOCK`),
    "has an expired password": sql(`ALTER USER ${name}@'192.168.56.%' PASSWORD EXPIRE`),
    "may not ask much": sql(`ALTER USER ${name}@'192.168.56.%' WITH MAX_QUERIES_PER_HOUR 1`),
    "has a second password": sql(
      `ALTER USER ${name}@'192.168.56.%' IDENTIFIED BY 'another-one-2' RETAIN CURRENT PASSWORD`,
    ),
    "has a role": sql(`CREATE ROLE IF NOT EXISTS helper; GRANT helper TO ${name}@'192.168.56.%'`),
    "may hand on what it has": sql(`GRANT SELECT ON guestbook.* TO ${name}@'192.168.56.%' WITH GRANT OPTION`),
  }),
  database: (name) => ({ "was dropped": sql(`DROP DATABASE ${name}`) }),
  tables: (name) => ({
    "were never noted": sql(`UPDATE ${name}.schema_migrations SET tables_after = NULL`),
  }),
  migrations: (name) => ({
    "were forgotten with their tables": sql(
      `DELETE FROM ${name}.schema_migrations; DROP TABLE ${name}.entries`,
    ),
  }),
  opened: () => ({
    "is read-only": sql("SET GLOBAL super_read_only = ON"),
    "waits for no replica": sql("SET GLOBAL rpl_semi_sync_source_enabled = OFF"),
  }),
  variables: () => ({
    "were set as it runs": sql("SET GLOBAL sync_binlog = 0, GLOBAL sql_mode = ''"),
    "were persisted": sql("SET PERSIST require_secure_transport = OFF, PERSIST max_allowed_packet = 1048576"),
    "were persisted for the next start": sql("SET PERSIST_ONLY innodb_flush_method = fsync"),
  }),
  member: (name) => ({
    "has lost its data": `systemctl stop ${name}; rm -rf /var/lib/${name}/default`,
  }),
  access: () => ({
    "lets a stranger in": `${CTL} user add stranger --no-password; ${CTL} user grant-role stranger root`,
    "has lost a user": `${CTL} user delete failover-db-01`,
    "lets databases reach more": `${CTL} role grant-permission failover readwrite --prefix /`,
  }),
  replication: () => ({
    "was stopped": sql("STOP REPLICA"),
    "does not apply": sql("STOP REPLICA SQL_THREAD"),
    "was forgotten": sql("STOP REPLICA; RESET REPLICA ALL"),
  }),
};

const CTL = "/usr/local/lib/quintet/etcdctl";

/** Packages that are never purged, because the machine's data would be gone. */
const KEPT = ["mysql-server"];

const purge = (name: string) => `DEBIAN_FRONTEND=noninteractive dpkg --force-all --purge ${name}`;
