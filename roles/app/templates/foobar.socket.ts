import { type Text, text } from "../../../engine/index.ts";

/** The socket for requests. systemd holds it while the application restarts, so that requests wait. */
export default ({ port }: { port: number }): Text => text`
  # Written by Quintet (role app); changes made here are overwritten.
  [Unit]
  Description=Socket of the web application

  [Socket]
  ListenStream=127.0.0.1:${port}
  # If the application cannot start, the socket must stay up: the next release needs it.
  TriggerLimitIntervalSec=0

  [Install]
  WantedBy=sockets.target
`;
