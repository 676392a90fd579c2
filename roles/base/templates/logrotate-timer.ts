import { text } from "../../../engine/index.ts";

/** Debian's timer comes once a day. In a day a crowd can fill a disk; each log says how large it may become. */
export default () => text`
  # Written by Quintet (role base); changes made here are overwritten.
  [Timer]
  OnCalendar=
  OnCalendar=*:0/10
  RandomizedDelaySec=0
  AccuracySec=1min
`;
