import { text } from "../../../engine/index.ts";

interface RotationOptions {
  logs: string;
  /** Days for which old files are kept. */
  logDays: number;
  /** A file above this is rotated before its day is over. */
  logMegabytes: number;
  /** Most old files of one log. */
  logFiles: number;
}

/**
 * In place of Debian's rules, which know no size. They also send the signal to the process that the pid file names: that file
 * is www-data's, and root must not believe it. So systemd is asked which process is the main one.
 */
export default ({ logs, logDays, logMegabytes, logFiles }: RotationOptions) => text`
  # Written by Quintet (role nginx); changes made here are overwritten.
  ${logs}/*.log {
      daily
      maxsize ${logMegabytes}M
      rotate ${logFiles}
      maxage ${logDays}
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
