import { type Handler, reload, sh } from "../../engine/index.ts";

/** Restarts the application and waits for its first answer. If it cannot start, the run fails. */
export function restart(port: number): Handler {
  return reload("foobar.service", "restart", {
    afterwards: sh`
      curl --fail --silent --show-error --max-time 60 --output /dev/null http://127.0.0.1:${port}/healthz || {
        journalctl --no-pager --output=cat --lines=15 --unit=foobar.service
        exit 1
      }`,
  });
}

/** Stops and starts the socket with its service. A socket cannot be restarted while its service runs. */
export const rebind: Handler = reload("foobar.socket", "restart", {
  run: sh`
    systemctl stop foobar.service foobar.socket
    systemctl start foobar.socket foobar.service`,
});
