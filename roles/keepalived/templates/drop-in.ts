import { type Text, text } from "../../../engine/index.ts";

/** Starts after what it watches, finds its interface first, and comes back should it crash. */
export default (findInterface: string): Text => text`
  # Written by Quintet (role keepalived); changes made here are overwritten.
  [Unit]
  After=haproxy.service
  StartLimitIntervalSec=0

  [Service]
  ExecStartPre=${findInterface}
  Restart=on-failure
  RestartSec=1s
`;
