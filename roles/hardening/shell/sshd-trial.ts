import { sh } from "../../../engine/index.ts";

/** sshd's old settings while new ones are on trial, and the file that says that they are. */
export const [BEFORE, TRIAL] = ["/run/quintet/sshd-before", "/run/quintet/sshd-trial"] as const;

/**
 * Not a reload: sshd that systemd's socket has started would lose its listener. A restart ends no session. systemd refuses
 * the sixth start in 10 s, hence reset-failed.
 */
export const RESTART = sh`{ systemctl reset-failed ssh 2>/dev/null || :; systemctl restart ssh; }`;

/** A command that ends the trial with the old settings, as text for a timer of systemd's. */
export function back(name: string): string {
  return sh`if [ -f ${BEFORE} ]; then mv -fT ${BEFORE} ${name}; else rm -f ${name}; fi; rm -f ${TRIAL}; ! sshd -t || ${RESTART}`.reveal();
}
