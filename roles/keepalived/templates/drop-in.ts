import { type Text, text } from "../../../engine/index.ts";
import { CLOSED } from "../../shared/closed.ts";
import { OUT_OF_MEMORY } from "../../shared/out-of-memory.ts";
import { sandbox } from "../../shared/sandbox.ts";

/** Starts after HAProxy, which it watches. Finds its interface first. Starts again after a crash. */
export default (findInterface: string): Text => text`
  # Written by Quintet (role keepalived); changes made here are overwritten.
  [Unit]
  After=haproxy.service
  ConditionPathExists=!${CLOSED}
  StartLimitIntervalSec=0

  [Service]
  ExecStartPre=${findInterface}
  Restart=on-failure
  RestartSec=1s
  OOMScoreAdjust=${OUT_OF_MEMORY.keepalived}
  RuntimeDirectory=keepalived
  ${sandbox({
    capabilities: ["CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SETUID", "CAP_SETGID", "CAP_KILL"],
    families: ["AF_NETLINK", "AF_PACKET"],
    without: [],
  })}
`;
