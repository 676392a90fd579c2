import { type Text, text } from "../../../engine/index.ts";
import { sandbox } from "../../shared/sandbox.ts";

/**
 * Runs HAProxy as a user who may bind low ports only. Debian's unit would start it as root and let it drop that. Starts
 * it again after a crash: quickly, but more slowly the more often it has crashed.
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
  RestartSec=100ms
  RestartSteps=10
  RestartMaxDelaySec=2s
  ${sandbox({ capabilities: ["CAP_NET_BIND_SERVICE"] })}
`;
