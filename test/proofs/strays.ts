import { quote } from "../../engine/template/shell.ts";

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
  return {
    [`${which}was edited`]: `echo '# strayed' >>${at}`,
    [`${which}is empty`]: `: >${at}`,
    [`${which}is gone`]: `rm -f ${at}`,
    [`${which}has another mode`]: `chmod 0646 ${at}`,
    [`${which}is somebody else's`]: `chown games:games ${at}`,
    [`${which}is a link`]: `[ -L ${at} ] || mv ${at} /var/tmp/strayed; ln -sfn /var/tmp/strayed ${at}`,
  };
}

const WAYS: Readonly<Record<string, (name: string, host: string) => Ways>> = {
  file: (path) => files(path),
  sshd: (path) => files(path),
  ruleset: (path) => ({ ...files(path), "is flushed": "nft flush ruleset" }),
  fileSet: () => files("/etc/haproxy/haproxy.cfg", "/etc/haproxy/unavailable.html"),
  kernel: (path) => ({
    ...files(path),
    "allows redirects": "sysctl -q -w net.ipv4.conf.all.accept_redirects=1",
    "trusts sources": "sysctl -q -w net.ipv4.conf.default.accept_source_route=1",
  }),
  aptSuite: (suite) =>
    files(`/etc/apt/sources.list.d/quintet-${suite}.sources`, `/etc/apt/preferences.d/quintet-${suite}`),
  apt: (name) => (KEPT.includes(name) ? {} : { "was purged": purge(name) }),
  service: (name, host) => ({
    ...(name === "mysql" && host === "db-01" ? {} : { "was stopped": `systemctl stop ${name}` }),
    "does not start at boot": `systemctl disable --quiet ${name}`,
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
  replication: () => ({
    "was stopped": sql("STOP REPLICA"),
    "does not apply": sql("STOP REPLICA SQL_THREAD"),
    "was forgotten": sql("STOP REPLICA; RESET REPLICA ALL"),
  }),
};

/** Packages that are never purged, because the machine's data would be gone. */
const KEPT = ["mysql-server"];

const purge = (name: string) => `DEBIAN_FRONTEND=noninteractive dpkg --force-all --purge ${name}`;
