import { contentDiff, observers, resource, sh, sha256Of, type Text } from "../../../engine/index.ts";
import { BEFORE, back, RESTART, TRIAL } from "../shell/sshd-trial.ts";

/**
 * A part of sshd's configuration, on trial. A timer of the host puts the old one back after `seconds`, unless the
 * control machine has logged in again. A trial that an earlier run has left behind is held again.
 */
export const sshd = resource<{ content: Text; seconds: number }>("sshd", (name, { content, seconds }) => {
  const hash = sha256Of(content.reveal());
  return {
    certain: true,
    content,
    expects: [
      ...[name, MAIN].map((key) => ({
        observe: { observer: observers.path, key },
        is: "f:root:root:600:",
        label: key,
      })),
      { observe: { observer: observers.sha256, key: name }, is: hash },
      { observe: { observer: observers.path, key: TRIAL }, is: "", label: "left on trial" },
      {
        observe: observers.sinceRead("ssh.service", "restart", [name, MAIN]),
        is: "as it is",
        or: "",
        label: "runs with it",
      },
    ],
    diff: contentDiff(name),
    apply: sh`
      [ -e ${TRIAL} ] || { rm -f ${BEFORE}; [ ! -f ${name} ] || cp -p ${name} ${BEFORE}; : >${TRIAL}; }
      systemctl stop quintet-sshd.timer 2>/dev/null || :
      systemd-run --quiet --collect --unit=quintet-sshd --on-active=${seconds}s --timer-property=AccuracySec=1s \
        /bin/sh -c ${back(name)}
      chmod 0600 ${MAIN}
      content_$n | install -T -m 0600 /dev/stdin ${`${name}.quintet`}
      mv -fT ${`${name}.quintet`} ${name}
      sshd -t && ${RESTART} || {
        systemctl stop quintet-sshd.timer
        sh -c ${back(name)}
        exit 1
      }`,
    trial: {
      keep: sh`
        sync -d ${name}
        systemctl stop quintet-sshd.timer
        rm ${TRIAL}`,
      undo: sh`
        systemctl stop quintet-sshd.timer
        sh -c ${back(name)}
        echo 'With the new settings this computer could not log in again, so the old settings are back.'
        echo 'They refuse root and passwords: log in with a key, as a user who may become root by sudo.'`,
    },
  };
});

// --- internal ---

const MAIN = "/etc/ssh/sshd_config";
