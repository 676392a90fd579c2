import { type Text, text } from "../../../engine/index.ts";
import { fewLines } from "../../shared/few-lines.ts";
import { OUT_OF_MEMORY } from "../../shared/out-of-memory.ts";
import { sandbox } from "../../shared/sandbox.ts";

interface DropInOptions {
  pidFile: string;
  writes: readonly string[];
  /** The file for systemd-tmpfiles that makes the log files. */
  logFiles: string;
}

/**
 * Runs Nginx without root, because its port is above 1024. Debian's unit waits for the network, but gives up if Nginx
 * cannot bind its address. With this, systemd tries again. Before Nginx opens its log files, root makes those that are
 * gone: their directory is not Nginx's. It may be gone, too; so `writes` names it with a dash.
 */
export default ({ pidFile, writes, logFiles }: DropInOptions): Text => text`
  # Written by Quintet (role nginx); changes made here are overwritten.
  [Unit]
  StartLimitIntervalSec=0

  [Service]
  User=www-data
  Group=www-data
  RuntimeDirectory=nginx
  PIDFile=${pidFile}
  ExecStartPre=
  ExecStartPre=+-/usr/bin/systemd-tmpfiles --create ${logFiles}
  ExecStartPre=/usr/sbin/nginx -t -q -g 'daemon on; master_process on;'
  ExecReload=
  ExecReload=+-/usr/bin/systemd-tmpfiles --create ${logFiles}
  ExecReload=/usr/sbin/nginx -g 'daemon on; master_process on;' -s reload
  ExecStop=
  ExecStop=-/sbin/start-stop-daemon --quiet --stop --retry QUIT/5 --pidfile ${pidFile}
  Restart=on-failure
  RestartSec=1s
  OOMScoreAdjust=${OUT_OF_MEMORY.nginx}
  ${fewLines()}
  ${sandbox({ writes })}
`;
