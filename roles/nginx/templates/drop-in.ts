import { type Text, text } from "../../../engine/index.ts";

/** Debian's unit waits for the network and gives up when Nginx cannot bind its address: here it tries again. */
export default (): Text => text`
  # Written by Quintet (role nginx); changes made here are overwritten.
  [Unit]
  StartLimitIntervalSec=0

  [Service]
  Restart=on-failure
  RestartSec=1s
`;
