import { type Text, text } from "../../../engine/index.ts";
import { fewLines } from "../../shared/few-lines.ts";
import { OUT_OF_MEMORY } from "../../shared/out-of-memory.ts";
import { sandbox } from "../../shared/sandbox.ts";
import { BIRTH, CONFIGURATION } from "../places.ts";

/**
 * Debian's unit counts as started when the store has a leader, for which a member may wait for hours, and systemd would
 * end it meanwhile. So it has started when it runs. Signs of life that are late look like a dead machine, so it comes
 * before most others when the processor is short. Of its memory limit it uses a third; Go's own limit makes it tidy up
 * before the kernel's ends it.
 */
export default (): Text => text`
  # Written by Quintet (role etcd); changes made here are overwritten.
  [Unit]
  Wants=network-online.target
  After=network-online.target
  StartLimitIntervalSec=0

  [Service]
  Type=exec
  Environment=
  Environment=GOMEMLIMIT=96MiB
  EnvironmentFile=
  EnvironmentFile=${CONFIGURATION}
  EnvironmentFile=-${BIRTH}
  ExecStart=
  ExecStart=/usr/bin/etcd
  Restart=always
  RestartSec=1s
  Nice=-10
  OOMScoreAdjust=${OUT_OF_MEMORY.etcd}
  MemoryMax=144M
  # Not kept: each variable that it was given, and each message that another member misses. Kept: when
  # a member is lost, and when it is back.
  LogFilterPatterns=~recognized and used environment variable
  LogFilterPatterns=~rafthttp/(http|peer|probing_status|stream).go
  ${fewLines()}
  ${sandbox({ writes: ["/var/lib/etcd"] })}
`;
