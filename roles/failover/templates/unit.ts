import { type Text, text } from "../../../engine/index.ts";
import { OUT_OF_MEMORY } from "../../shared/out-of-memory.ts";
import { sandbox } from "../../shared/sandbox.ts";
import { FILES, PROGRAM } from "../places.ts";

/** The manager's unit. V8 keeps less in reserve than it would otherwise: the manager has little to do. */
export default ({ memory }: { memory: string }): Text => text`
  # Written by Quintet (role failover); changes made here are overwritten.
  [Unit]
  Description=Manager of this database: who is the primary
  After=network-online.target
  Wants=network-online.target
  StartLimitIntervalSec=0

  [Service]
  Type=exec
  WorkingDirectory=${PROGRAM}/current
  LoadCredential=replication-password:${FILES.password}
  ExecStart=/usr/bin/node --max-semi-space-size=1 --max-old-space-size=32 --v8-pool-size=1 failover.mjs run ${FILES.configuration}
  Restart=always
  RestartSec=1
  MemoryMax=${memory}
  OOMScoreAdjust=${OUT_OF_MEMORY.failover}
  TasksMax=32

  # Root, because MySQL knows its own root by that. The only thing it may do as such is to end mysqld.
  ${sandbox({ capabilities: ["CAP_KILL"], compiles: true, seesProcesses: true })}

  [Install]
  WantedBy=multi-user.target
`;
