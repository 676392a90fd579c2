import { type Text, text } from "../../../engine/index.ts";
import { CLOSED } from "../../shared/closed.ts";
import { OUT_OF_MEMORY } from "../../shared/out-of-memory.ts";
import { sandbox } from "../../shared/sandbox.ts";

interface Programs {
  readonly findInterface: string;
  /** Only if another balancer can take the address. */
  readonly resetConnections?: string | undefined;
}

/**
 * Starts after HAProxy, which it watches. Finds its interface first. Starts again after a crash. Comes before all other
 * programs when the processor or the memory is short: signs of life that are late look like a dead machine.
 */
export default ({ findInterface, resetConnections }: Programs): Text => text`
  # Written by Quintet (role keepalived); changes made here are overwritten.
  [Unit]
  After=haproxy.service
  ConditionPathExists=!${CLOSED}
  StartLimitIntervalSec=0

  [Service]
  ExecStartPre=${findInterface}
  ${resetConnections !== undefined && `ExecStopPost=-${resetConnections}`}
  Restart=on-failure
  RestartSec=1s
  OOMScoreAdjust=${OUT_OF_MEMORY.keepalived}
  RuntimeDirectory=keepalived
  Nice=-20
  ${sandbox({
    capabilities: ["CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SETUID", "CAP_SETGID", "CAP_KILL"],
    families: ["AF_NETLINK", "AF_PACKET"],
    without: [],
  })}
`;
