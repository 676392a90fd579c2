import { type Text, text } from "../../../engine/index.ts";

/** The socket that requests come in by. systemd holds it while the application restarts, so that they wait. */
export default ({ port }: { port: number }): Text => text`
  # Written by Quintet (role app); changes made here are overwritten.
  [Unit]
  Description=Socket of the web application

  [Socket]
  ListenStream=127.0.0.1:${port}
  # An application that cannot start must not take the socket down with it: the next release would find none.
  TriggerLimitIntervalSec=0

  [Install]
  WantedBy=sockets.target
`;
