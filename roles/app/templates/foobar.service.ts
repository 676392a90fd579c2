import { type Text, text } from "../../../engine/index.ts";
import { fewLines } from "../../shared/few-lines.ts";
import { OUT_OF_MEMORY } from "../../shared/out-of-memory.ts";
import { sandbox } from "../../shared/sandbox.ts";

/** The application's unit. */
export default ({ memory }: { memory: string }): Text => text`
  # Written by Quintet (role app); changes made here are overwritten.
  [Unit]
  Description=Web application
  Requires=foobar.socket
  After=foobar.socket network-online.target
  Wants=network-online.target
  StartLimitIntervalSec=0

  [Service]
  Type=exec
  User=foobar
  WorkingDirectory=/srv/foobar/current
  EnvironmentFile=/etc/foobar/app.env
  LoadCredential=database-password:/etc/foobar/database-password
  # The directory's real name is the release, even if somebody has switched the link by hand.
  ExecStart=/bin/sh -c 'cd -P . && RELEASE="$\${PWD##*/}" exec /usr/bin/node server.mjs'
  Restart=always
  RestartSec=500ms
  TimeoutStopSec=15s
  MemoryMax=${memory}
  OOMScoreAdjust=${OUT_OF_MEMORY.app}
  TasksMax=256
  ${fewLines()}

  ${sandbox({ compiles: true })}

  [Install]
  WantedBy=multi-user.target
`;
