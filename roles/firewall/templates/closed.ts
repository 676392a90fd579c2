import { type Text, text } from "../../../engine/index.ts";
import { CLOSED } from "../../shared/closed.ts";

/** Script that closes a machine which has no rules yet. The rules are in it: one file less that may be broken. */
export const script = (rules: Text): Text => text`
  #!/bin/sh
  # Written by Quintet (role firewall); changes made here are overwritten.
  # Run at boot, before the network is there and before the firewall's own rules replace these. If they cannot be loaded,
  # the machine stays closed but for SSH. ${CLOSED} says so to what must not run then.
  set -eu
  ! nft list table inet quintet >/dev/null 2>&1 || exit 0
  : >${CLOSED}
  nft --file - <<'RULES'
  ${rules}
  RULES
`;

/** As early as nftables.service, and before it. */
export const unit = (path: string): Text => text`
  [Unit]
  Description=Closes this machine but for SSH, until the rules of its firewall are loaded
  DefaultDependencies=no
  Wants=network-pre.target
  Before=network-pre.target nftables.service shutdown.target
  Conflicts=shutdown.target

  [Service]
  Type=oneshot
  RemainAfterExit=yes
  StandardInput=null
  ProtectSystem=full
  ProtectHome=yes
  CapabilityBoundingSet=CAP_NET_ADMIN
  ExecStart=${path}

  [Install]
  WantedBy=sysinit.target
`;

/** Stopping nftables.service, which its package does at each update, does not open the machine: its rules stay. */
export const dropIn = (): Text => text`
  # Written by Quintet (role firewall); changes made here are overwritten.
  [Service]
  ExecStartPost=/bin/rm -f ${CLOSED}
  ExecStop=
`;
