import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Inventory } from "../engine/model/inventory/index.ts";
import type { OpenLab } from "./index.ts";

/** The state of each machine, by host name. Each line states one fact. */
export type Fingerprints = ReadonlyMap<string, readonly string[]>;

/** Paths that always differ between machines, and why. They are left out. */
const INHERENT = [
  "/etc/ssh/ssh_host_*", // each machine makes its own
  "/etc/machine-id", // each machine makes its own
  "/etc/passwd*", // numbers of accounts follow the order of installation; the script compares accounts by name
  "/etc/group*",
  "/etc/shadow*", // has dates of changes; the script compares whether passwords are locked
  "/etc/gshadow*",
  "/etc/subuid*",
  "/etc/subgid*",
  "/etc/.pwd.lock",
  "/etc/ld.so.cache", // written in the order of installation
  "*/__pycache__*", // Python's own cache
  "/etc/mtab", // a link into /proc
  "/etc/resolv.conf", // depends on the network of this box
  "/etc/ssl/private/ssl-cert-snakeoil*", // a key that the package makes at installation
  "/etc/ssl/certs/ssl-cert-snakeoil*", // the certificate of that key
  "/etc/nsd/nsd_*", // keys and certificates that the package makes at installation
  "/etc/mysql/debian.cnf", // a password that the package makes
];

/** Takes the fingerprints of all machines. Also writes them to a folder, one file for each machine. */
export async function fingerprints(
  inventory: Inventory,
  lab: OpenLab,
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

/** Lines that only one side has: `web-01 - path /etc/x …` if only the first has it, `+` if only the second has it. */
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

// Ends with `true`, because single commands may fail: some machines have no MySQL.
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
