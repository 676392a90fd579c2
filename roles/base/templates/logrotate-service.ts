import { text } from "../../../engine/index.ts";

/** Keeps systemd from noting each start and end; what logrotate itself prints are errors. */
export default () => text`
  # Written by Quintet (role base); changes made here are overwritten.
  [Service]
  LogLevelMax=notice
  SyslogLevel=err
`;
