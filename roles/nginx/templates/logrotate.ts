import { text } from "../../../engine/index.ts";

interface RotationOptions {
  logs: string;
  /** Days for which old files are kept. */
  days: number;
  /** A file above this is rotated before its day is over. */
  megabytes: number;
  /** Most old files of one log. */
  files: number;
}

/**
 * In place of Debian's rules, which know no size. They also send the signal to the process that the pid file names: that file
 * is www-data's, and root must not believe it. So systemd is asked which process is the main one.
 */
export default ({ logs, days, megabytes, files }: RotationOptions) => text`
  # Written by Quintet (role nginx); changes made here are overwritten.
  ${logs}/*.log {
      daily
      maxsize ${megabytes}M
      rotate ${files}
      maxage ${days}
      missingok
      notifempty
      compress
      delaycompress
      create 0640 www-data adm
      sharedscripts
      postrotate
          ! systemctl --quiet is-active nginx.service || systemctl kill --kill-whom=main --signal=USR1 nginx.service
      endscript
  }
`;
