import { text } from "../../engine/index.ts";

/**
 * Lines for the [Service] section of a daemon that strangers can make talk. What it says beyond this is not kept, but
 * counted: journald writes how many lines it left out. It keeps more than the burst, the more the journal may still grow:
 * with up to 512 MB 60 lines in ten minutes (burst × 12 ÷ 4), and as many again of each class of priority: alerts, errors,
 * warnings, and the rest. So who makes HAProxy report bad requests does not hide that it reports a dead server.
 */
export const fewLines = () => text`
  LogRateLimitIntervalSec=10min
  LogRateLimitBurst=20
`;
