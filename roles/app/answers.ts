import { type Shell, sh } from "../../engine/index.ts";

/**
 * Starts a release beside the one that serves, as the same user with the same settings, and asks it for /healthz. One
 * that ends is refused at once. One that says nothing gets five minutes: an emulated machine took over ninety seconds.
 */
export function answers(port: number): (directory: Shell) => Shell {
  return (directory) => sh`
    systemctl stop foobar-trial.service 2>/dev/null || :
    began=$(date +%s)
    systemd-run --quiet --collect --unit=foobar-trial --service-type=exec \
      --property=User=foobar --property=WorkingDirectory=${directory} --property=RuntimeMaxSec=360 \
      --property=EnvironmentFile=/etc/foobar/app.env --setenv=PORT=${port} --setenv=RELEASE=trial \
      --property=LoadCredential=database-password:/etc/foobar/database-password /usr/bin/node server.mjs
    until curl --fail --silent --max-time 10 --output /dev/null http://127.0.0.1:${port}/healthz; do
      if ! systemctl is-active --quiet foobar-trial.service || [ $(($(date +%s) - began)) -gt 300 ]; then
        systemctl stop foobar-trial.service 2>/dev/null || :
        echo 'the new release does not answer /healthz; the current one stays. What it said:'
        journalctl --no-pager --output=cat --lines=15 --since="@$began" --unit=foobar-trial.service
        exit 1
      fi
      sleep 0.2
    done
    systemctl stop foobar-trial.service`;
}
