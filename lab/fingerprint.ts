import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Inventory } from "../engine/model/inventory/index.ts";
import type { LabDoor } from "./index.ts";

/** What machines are, by the names of their hosts: lines that say one thing each. */
export type Fingerprints = ReadonlyMap<string, readonly string[]>;

/** What differs although the machines are the same, and why. */
const INHERENT = [
  "/etc/ssh/ssh_host_*", // each machine makes its own
  "/etc/machine-id", // likewise
  "/etc/passwd*", // accounts get numbers in the order of installation; they are compared by name below
  "/etc/group*",
  "/etc/shadow*", // days of changes; whether passwords are locked is compared below
  "/etc/gshadow*",
  "/etc/subuid*",
  "/etc/subgid*",
  "/etc/.pwd.lock",
  "/etc/ld.so.cache", // written in the order of installation
  "*/__pycache__*", // Python's own cache
  "/etc/mtab", // a link into /proc
  "/etc/resolv.conf", // of the network that the lab is in
  "/etc/ssl/private/ssl-cert-snakeoil*", // keys that packages make when they are installed
  "/etc/ssl/certs/ssl-cert-snakeoil*", // and the certificates of these
  "/etc/nsd/nsd_*", // likewise
  "/etc/mysql/debian.cnf", // a password that the package makes
];

/** Takes the fingerprints of all machines, and keeps them in a folder to be looked at. */
export async function fingerprints(
  inventory: Inventory,
  lab: LabDoor,
  folder: string,
): Promise<Fingerprints> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const taken = inventory.hosts.map(async ({ name }) => {
    const { exitCode, stdout, stderr } = await lab.execIn(name, ["sh", "-c", SCRIPT]);
    if (exitCode !== 0) throw new Error(`the fingerprint of ${name}: exit code ${exitCode}\n${stderr}`);
    writeFileSync(join(folder, name), stdout, { mode: 0o600 });
    return [name, stdout.trim().split("\n")] as const;
  });
  return new Map(await Promise.all(taken));
}

/** Lines that one of them has and the other has not: `web-01 - file /etc/x …` for what only the first has. */
export function differences(first: Fingerprints, second: Fingerprints): string[] {
  return [...first].flatMap(([host, lines]) => {
    const others = new Set(second.get(host) ?? []);
    const own = new Set(lines);
    return [
      ...lines.filter((line) => !others.has(line)).map((line) => `${host} - ${line}`),
      ...[...others].filter((line) => !own.has(line)).map((line) => `${host} + ${line}`),
    ];
  });
}

// --- internal ---

const PRUNED = INHERENT.map((path) => `! -path '${path}'`).join(" ");

// No exit code may count: a machine without MySQL has no accounts, and one without a mark has none.
const SCRIPT = `
  export LC_ALL=C
  find /etc /usr/local /srv -xdev ${PRUNED} -printf 'path %p %y %u:%g %m %l\\n' | sort
  find /etc /usr/local /srv -xdev -type f ${PRUNED} -print0 | sort -z | xargs -0 sha256sum | sed 's/^/content /'
  dpkg-query -W -f 'package \${Package} \${Version} \${db:Status-Abbrev}\\n'
  cut -d: -f1,6,7 /etc/passwd | sort | sed 's/^/account /'
  cut -d: -f1,4 /etc/group | sort | sed 's/^/group /'
  awk -F: '$2 !~ /^[!*]/ { print "password of " $1 }' /etc/shadow
  systemctl list-unit-files --no-legend | awk '$1 !~ /^session-/ { print "unit", $1, $2 }' | sort
  systemctl list-units --type=service,socket,timer --state=active --plain --no-legend |
    grep -Ev '^(user|session|run-|systemd-(hostnamed|timedated|localed|tmpfiles-clean)|ssh-hostkeys|apt-daily|dpkg-db-backup)' | awk '{ print "active", $1 }' | sort
  systemctl --failed --plain --no-legend | sed 's/^/failed /'
  sysctl -a 2>/dev/null | grep -E '^(net.ipv4.(ip_nonlocal_bind|ip_forward|conf.(all|default).*)|kernel.hostname) ' | sed 's/^/setting /'
  [ ! -x /usr/sbin/nft ] || nft --stateless list table inet quintet | sed 's/^/rule /'
  sed 's/^/role /' /var/lib/quintet/mysql-role 2>/dev/null
  [ ! -x /usr/bin/mysql ] || mysql --no-defaults -NB -e "
    SELECT 'state', @@GLOBAL.super_read_only, @@GLOBAL.rpl_semi_sync_source_enabled;
    SELECT 'account', user, host, plugin, ssl_type, account_locked FROM mysql.user ORDER BY 2, 3;
    SELECT 'may', grantee, privilege_type FROM information_schema.user_privileges ORDER BY 2, 3;
    SELECT 'may', grantee, privilege_type, table_schema FROM information_schema.schema_privileges ORDER BY 2, 3, 4;
    SELECT 'may', grantee, privilege_type, table_schema, table_name FROM information_schema.table_privileges ORDER BY 2, 3, 4, 5;
    SELECT 'column', table_name, column_name, column_type FROM information_schema.columns WHERE table_schema = 'guestbook' ORDER BY 2, 3;
    SELECT 'migration', name, checksum FROM guestbook.schema_migrations ORDER BY 2;
    SELECT 'source', host, user, ssl_allowed, ssl_verify_server_certificate, ssl_ca_file, auto_position, connection_retry_interval, connection_retry_count, heartbeat_interval FROM performance_schema.replication_connection_configuration" 2>/dev/null
  true`;
