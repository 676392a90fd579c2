import {
  apt,
  aptHold,
  aptSuite,
  type Certificate,
  file,
  type Host,
  handler,
  type Resource,
  reload,
  service,
  sh,
  unitFile,
  verbatim,
} from "../../engine/index.ts";
import { bundle } from "../shared/certificates.ts";
import { FROM_SID, MYSQL } from "./packages.ts";
import { restart } from "./restart.ts";
import apparmor from "./templates/apparmor.ts";
import startedScript from "./templates/mysql-started.sh.ts";
import stopScript from "./templates/mysql-stop.sh.ts";
import mysqldCnf from "./templates/mysqld.cnf.ts";
import { serverDropIn } from "./templates/units.ts";
import { TLS } from "./tls.ts";
import type { Vars } from "./vars.ts";

/** Scripts that run at every start of mysqld, and before every stop. */
export const SCRIPTS = {
  started: "/usr/local/lib/quintet/mysql-started",
  stop: "/usr/local/lib/quintet/mysql-stop",
} as const;

interface Options {
  vars: Vars;
  host: Host;
  certificate: Certificate;
  /** Packages of the version that the other databases have; none if this machine has MySQL, or is the first one. */
  packages: readonly Resource[];
}

/** What every database machine gets, primary or replica, so that each can become the other. */
export function server({ vars, host, certificate, packages }: Options): Resource[] {
  const renew = reload("mysql");
  const confine = handler("load mysqld's AppArmor profile", LOAD_PROFILE);
  return [
    aptSuite("sid", { packages: FROM_SID }),
    ...packages,
    apt("mysql-server"),
    // Another version comes when people say so, on one database after the other: no replica may be older than its source.
    aptHold("mysql", { packages: MYSQL }),
    file("/etc/apparmor.d/local/usr.sbin.mysqld", { content: apparmor(), notify: confine }),
    file(TLS.authority, { content: verbatim(`${certificate.authority}\n`), notify: renew }),
    file(TLS.certificate, { content: bundle(certificate), owner: "mysql", mode: "0600", notify: renew }),
    file("/etc/mysql/mysql.conf.d/mysqld.cnf", {
      content: mysqldCnf({ ...vars, host }),
      validate: (candidate) => sh`mysqld --defaults-file=${candidate} --validate-config`,
      notify: restart,
    }),
    file(SCRIPTS.started, { mode: "0755", content: startedScript() }),
    file(SCRIPTS.stop, { mode: "0755", content: stopScript() }),
    unitFile("mysql.service.d/quintet.conf", { content: serverDropIn(SCRIPTS), notify: restart }),
    service("mysql"),
  ];
}

// --- internal ---

/** Only if the kernel and the machine have AppArmor; containers have not. */
const LOAD_PROFILE = sh`
  if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] && command -v apparmor_parser >/dev/null; then
    apparmor_parser --replace /etc/apparmor.d/usr.sbin.mysqld
  fi`;
