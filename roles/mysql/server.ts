import {
  apt,
  aptSuite,
  type Certificate,
  file,
  type Host,
  handler,
  type Resource,
  reload,
  type Secret,
  service,
  sh,
  unitFile,
  verbatim,
} from "../../engine/index.ts";
import { bundle } from "../shared/certificates.ts";
import { restart } from "./restart.ts";
import apparmor from "./templates/apparmor.ts";
import clientCnf from "./templates/client.cnf.ts";
import roleScript from "./templates/mysql-role.sh.ts";
import mysqldCnf from "./templates/mysqld.cnf.ts";
import { roleUnit, serverDropIn } from "./templates/units.ts";
import { TLS } from "./tls.ts";
import type { Vars } from "./vars.ts";

/** Script that runs at every start of mysqld. It opens the database for writes, or starts its replication. */
export const ROLE_SCRIPT = "/usr/local/lib/quintet/mysql-role";

interface Options {
  vars: Vars;
  host: Host;
  members: readonly Host[];
  watch: Secret;
  certificate: Certificate;
}

/** What every database machine gets, primary or replica, so that each can become the other. */
export function server({ vars, host, members, watch, certificate }: Options): Resource[] {
  const renew = reload("mysql");
  const confine = handler("load mysqld's AppArmor profile", LOAD_PROFILE);
  return [
    aptSuite("sid", { packages: FROM_SID }),
    apt("mysql-server"),
    file("/etc/apparmor.d/local/usr.sbin.mysqld", { content: apparmor(), notify: confine }),
    file(TLS.authority, { content: verbatim(`${certificate.authority}\n`), notify: renew }),
    file(TLS.certificate, { content: bundle(certificate), owner: "mysql", mode: "0600", notify: renew }),
    file("/etc/mysql/mysql.conf.d/mysqld.cnf", {
      content: mysqldCnf({ ...vars, host }),
      validate: (candidate) => sh`mysqld --defaults-file=${candidate} --validate-config`,
      notify: restart,
    }),
    file("/etc/mysql/quintet-watch.cnf", {
      mode: "0600",
      content: clientCnf({ user: "watch", password: watch }),
    }),
    file(ROLE_SCRIPT, { mode: "0755", content: roleScript({ host, members }) }),
    unitFile("mysql-role.service", { content: roleUnit({ script: ROLE_SCRIPT }) }),
    unitFile("mysql.service.d/quintet.conf", { content: serverDropIn(), notify: restart }),
    service("mysql"),
  ];
}

// --- internal ---

/** Only if the kernel and the machine have AppArmor; containers have not. */
const LOAD_PROFILE = sh`
  if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] && command -v apparmor_parser >/dev/null; then
    apparmor_parser --replace /etc/apparmor.d/usr.sbin.mysqld
  fi`;

/** The only packages from Debian unstable: mysql-server 9.7, and what it needs beyond Debian 13. */
const FROM_SID = [
  ...["mysql-client", "mysql-client-core", "mysql-server", "mysql-server-core"],
  ...[
    "libgoogle-perftools4t64",
    "libtcmalloc-minimal4t64",
    "libicu78",
    "libstdc++6",
    "libgcc-s1",
    "gcc-16-base",
  ],
];
