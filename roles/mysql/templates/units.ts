import { text } from "../../../engine/index.ts";
import { MYSQL } from "../../failover/places.ts";
import { OUT_OF_MEMORY } from "../../shared/out-of-memory.ts";
import { sandbox } from "../../shared/sandbox.ts";

/** mysqld comes up closed, after a crash or CLONE's own restart, too. The manager opens a primary again. */
export const serverDropIn = ({ started, stop }: { started: string; stop: string }) => text`
  [Unit]
  Wants=network-online.target
  After=network-online.target

  [Service]
  RestartSec=1
  # Debian's ten minutes are too long for one that hangs: to kill it loses nothing.
  TimeoutStopSec=120
  OOMScoreAdjust=${OUT_OF_MEMORY.mysql}
  # mysqld has no reload of its own. As root, who may do that by the socket.
  ExecReload=+/usr/bin/mysql --no-defaults --connect-timeout=5 -e "ALTER INSTANCE RELOAD TLS"
  ExecStartPre=+-/usr/bin/rm -f ${MYSQL.stopping}
  ExecStartPost=+-${started}
  ExecStop=+-${stop} $MAINPID
  ${sandbox({
    // Its log goes to the journal. Only Debian's installation wrote a file, so the directory may be gone (-).
    writes: [
      "/var/lib/mysql",
      "/var/lib/mysql-files",
      "/var/lib/mysql-keyring",
      "-/var/log/mysql",
      "/run/mysqld",
    ],
    readsKernel: true,
    without: [],
  })}
`;
