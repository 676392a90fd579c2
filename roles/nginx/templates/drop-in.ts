import { type Text, text } from "../../../engine/index.ts";
import { OUT_OF_MEMORY } from "../../shared/out-of-memory.ts";
import { sandbox } from "../../shared/sandbox.ts";

/**
 * Runs Nginx without root, because its port is above 1024. Debian's unit waits for the network, but gives up if Nginx
 * cannot bind its address. With this, systemd tries again.
 */
export default ({ pidFile, writes }: { pidFile: string; writes: readonly string[] }): Text => text`
  # Written by Quintet (role nginx); changes made here are overwritten.
  [Unit]
  StartLimitIntervalSec=0

  [Service]
  User=www-data
  Group=www-data
  RuntimeDirectory=nginx
  PIDFile=${pidFile}
  ExecStop=
  ExecStop=-/sbin/start-stop-daemon --quiet --stop --retry QUIT/5 --pidfile ${pidFile}
  Restart=on-failure
  RestartSec=1s
  OOMScoreAdjust=${OUT_OF_MEMORY.nginx}
  ${sandbox({ writes })}
`;
