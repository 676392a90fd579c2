import { type Text, text } from "../../../engine/index.ts";

/** The application's unit. MemoryDenyWriteExecute is left out: it kills Node, whose compiler writes code. */
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
  # The directory's real name is the release, also after somebody has switched the link by hand.
  ExecStart=/bin/sh -c 'cd -P . && RELEASE="$\${PWD##*/}" exec /usr/bin/node server.mjs'
  Restart=always
  RestartSec=500ms
  TimeoutStopSec=15s
  MemoryMax=${memory}
  TasksMax=256

  ${sandbox}

  [Install]
  WantedBy=multi-user.target
`;

// --- internal ---

const sandbox = text`
  NoNewPrivileges=yes
  PrivateTmp=yes
  PrivateDevices=yes
  PrivateUsers=yes
  PrivateIPC=yes
  ProtectSystem=strict
  ProtectHome=yes
  ProtectHostname=yes
  ProtectClock=yes
  ProtectKernelTunables=yes
  ProtectKernelModules=yes
  ProtectKernelLogs=yes
  ProtectControlGroups=yes
  ProtectProc=invisible
  ProcSubset=pid
  RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
  RestrictNamespaces=yes
  RestrictRealtime=yes
  RestrictSUIDSGID=yes
  LockPersonality=yes
  RemoveIPC=yes
  UMask=0077
  KeyringMode=private
  SystemCallArchitectures=native
  SystemCallFilter=@system-service
  SystemCallFilter=~@privileged @resources
  SystemCallErrorNumber=EPERM
  CapabilityBoundingSet=
`;
