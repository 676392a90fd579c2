import { type Text, text } from "../../../engine/index.ts";
import { fewLines } from "../../shared/few-lines.ts";
import { OUT_OF_MEMORY } from "../../shared/out-of-memory.ts";
import { sandbox } from "../../shared/sandbox.ts";
import { KEEP_STATES, STATES } from "./keep-states.ts";

/**
 * Runs HAProxy as a user who may bind low ports only. Debian's unit would start it as root and let it drop that. Starts
 * it again after a crash: quickly, but more slowly the more often it has crashed. What was set by hand outlasts a reload,
 * and not a restart.
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
  ExecStartPre=/bin/sh -c 'echo 1 >${STATES}'
  ExecReload=
  ExecReload=-${KEEP_STATES}
  ExecReload=/usr/sbin/haproxy -Ws -f $CONFIG -c $EXTRAOPTS
  ExecReload=/bin/kill -USR2 $MAINPID
  OOMScoreAdjust=${OUT_OF_MEMORY.haproxy}
  RestartSec=100ms
  RestartSteps=10
  RestartMaxDelaySec=2s
  ${fewLines()}
  ${sandbox({ capabilities: ["CAP_NET_BIND_SERVICE"] })}
`;
