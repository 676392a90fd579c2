import { type Shell, sh } from "../../engine/index.ts";

/**
 * Starts a release beside the one that serves, as the same user with the same settings, and asks it for /healthz. One
 * that ends is refused at once. One that says nothing gets five minutes, and longer on machines with more patience: of five
 * emulated ones that share two processors, one needed more.
 */
export function answers(port: number, patience: number): (directory: Shell) => Shell {
  const seconds = Math.max(300, 120 * patience);
  return (directory) => sh`
    systemctl stop foobar-trial.service 2>/dev/null || :
    began=$(date +%s)
    systemd-run --quiet --collect --unit=foobar-trial --service-type=exec \
      --property=User=foobar --property=WorkingDirectory=${directory} --property=RuntimeMaxSec=${seconds + 60} \
      --property=EnvironmentFile=/etc/foobar/app.env --setenv=PORT=${port} --setenv=RELEASE=trial \
      --property=LoadCredential=database-password:/etc/foobar/database-password /usr/bin/node server.mjs
    until curl --fail --silent --max-time ${Math.max(10, 6 * patience)} --output /dev/null http://127.0.0.1:${port}/healthz; do
      if ! systemctl is-active --quiet foobar-trial.service || [ $(($(date +%s) - began)) -gt ${seconds} ]; then
        systemctl stop foobar-trial.service 2>/dev/null || :
        echo 'the new release does not answer /healthz; the current one stays. What it said:'
        journalctl --no-pager --output=cat --lines=15 --since="@$began" --unit=foobar-trial.service
        exit 1
      fi
      sleep 0.2
    done
    systemctl stop foobar-trial.service`;
}
