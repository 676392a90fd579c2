import { createHash } from "node:crypto";
import { resource, sh, type Text } from "../../../engine/index.ts";
import { path, sha256 } from "../../../engine/look.ts";

/**
 * A part of sshd's configuration, on trial: until the control machine has logged in anew, a timer of the host's runs that
 * puts the old one back. `seconds` until then.
 */
export const sshd = resource<{ content: Text; seconds: number }>("sshd", (name, { content, seconds }) => {
  const hash = createHash("sha256").update(content.reveal()).digest("hex");
  return {
    certain: true,
    content,
    expects: [
      { look: { kind: path, key: name }, is: "f:root:root:600:", label: "is" },
      { look: { kind: sha256, key: name }, is: hash },
      { look: { kind: path, key: MAIN }, is: "f:root:root:600:", label: MAIN },
    ],
    diff: sh`
      [ -f ${name} ] && now=${name} || now=/dev/null
      content_$n | diff -u -L ${`${name} (now)`} -L ${`${name} (wanted)`} "$now" - || :`,
    apply: sh`
      old=$run/sshd-before
      rm -f "$old"
      [ ! -f ${name} ] || cp -p ${name} "$old"
      systemctl stop quintet-sshd.timer 2>/dev/null || :
      systemd-run --quiet --collect --unit=quintet-sshd --on-active=${seconds}s --timer-property=AccuracySec=1s \
        /bin/sh -c ${BACK} sh "$old" ${name}
      chmod 0600 ${MAIN}
      (umask 077; content_$n >${`${name}.quintet`})
      mv -fT ${`${name}.quintet`} ${name}
      sshd -t && systemctl restart ssh || {
        systemctl stop quintet-sshd.timer
        sh -c ${BACK} sh "$old" ${name}
        exit 1
      }`,
    trial: {
      keep: sh`
        sync -d ${name}
        systemctl stop quintet-sshd.timer`,
      undo: sh`
        systemctl stop quintet-sshd.timer
        sh -c ${BACK} sh "$run/sshd-before" ${name}
        echo 'With these settings this computer could not log in anew, so those from before are back.'
        echo 'Logging in as root is refused, and so are passwords: use an account with a key that may become root by sudo.'`,
    },
  };
});

// --- internal ---

const MAIN = "/etc/ssh/sshd_config";

// Restarted, which ends no session: one that systemd's socket has started has lost its listener when it rereads its files.
// But not where it would not start: the one that runs goes on.
const BACK = 'if [ -f "$1" ]; then mv -fT "$1" "$2"; else rm -f "$2"; fi; ! sshd -t || systemctl restart ssh';
