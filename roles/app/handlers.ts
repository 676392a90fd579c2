import { type Handler, handler, sh, startedSince } from "../../engine/index.ts";

/** Restarts the application and waits for its first answer. If it cannot start, the run fails. */
export function restart(port: number): Handler {
  return handler(
    "restart foobar.service",
    sh`
      systemctl is-active --quiet foobar.service || exit 0
      ${startedSince("foobar.service")} || systemctl restart foobar.service
      curl --fail --silent --show-error --max-time 60 --output /dev/null http://127.0.0.1:${port}/healthz || {
        journalctl --no-pager --output=cat --lines=15 --unit=foobar.service
        exit 1
      }`,
  );
}

/** Stops and starts the socket with its service. A socket cannot be restarted while its service runs. */
export const rebind: Handler = handler(
  "rebind foobar.socket",
  sh`
    systemctl is-active --quiet foobar.socket || exit 0
    ! ${startedSince("foobar.socket")} || exit 0
    systemctl stop foobar.service foobar.socket
    systemctl start foobar.socket foobar.service`,
);
