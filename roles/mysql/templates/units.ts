import { text } from "../../../engine/index.ts";
import { OUT_OF_MEMORY } from "../../shared/out-of-memory.ts";
import { sandbox } from "../../shared/sandbox.ts";

/** Starts mysql-role at every start of mysqld, also after a crash or CLONE's own restart: so a primary opens again. */
export const serverDropIn = () => text`
  [Unit]
  Wants=network-online.target
  After=network-online.target

  [Service]
  RestartSec=1
  OOMScoreAdjust=${OUT_OF_MEMORY.mysql}
  # mysqld has no reload of its own. As root, who may do that by the socket.
  ExecReload=+/usr/bin/mysql --no-defaults --connect-timeout=5 -e "ALTER INSTANCE RELOAD TLS"
  ExecStartPost=+-/usr/bin/systemctl restart --no-block mysql-role.service
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

export const roleUnit = ({ script }: { script: string }) => text`
  [Unit]
  Description=Opens MySQL for writes, or starts its replication, as this machine's mark says
  After=mysql.service
  PartOf=mysql.service

  [Service]
  Type=exec
  RemainAfterExit=yes
  ExecStart=${script} boot
  StateDirectory=quintet/mysql
  StateDirectoryMode=0700
  Restart=on-failure
  RestartSec=2
  ${sandbox()}
`;
