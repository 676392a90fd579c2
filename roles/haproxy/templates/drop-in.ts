import { type Text, text } from "../../../engine/index.ts";
import { HAPROXY_GONE } from "../../shared/gone.ts";
import { sandbox } from "../../shared/sandbox.ts";

/**
 * Runs HAProxy as a user who may bind low ports only. Debian's unit would start it as root and let it drop that. Tells
 * keepalived at once when it stops or has died, and starts it again: quickly, but more slowly the more often it dies.
 */
export default (): Text => text`
  # Written by Quintet (role haproxy); changes made here are overwritten.
  [Unit]
  StartLimitIntervalSec=0

  [Service]
  User=haproxy
  Group=haproxy
  AmbientCapabilities=CAP_NET_BIND_SERVICE
  RuntimeDirectory=haproxy
  Environment=PIDFILE=/run/haproxy/haproxy.pid
  Environment="EXTRAOPTS=-S /run/haproxy/master.sock"
  ExecStartPost=+/bin/rm -f ${HAPROXY_GONE}
  ExecStop=+/bin/sh -c "echo 1 >${HAPROXY_GONE}"
  ExecStopPost=+/bin/sh -c "echo 1 >${HAPROXY_GONE}"
  RestartSec=100ms
  RestartSteps=10
  RestartMaxDelaySec=2s
  ${sandbox({ capabilities: ["CAP_NET_BIND_SERVICE"] })}
`;
