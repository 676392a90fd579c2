import { text } from "../../../engine/index.ts";

/** What MySQL 9.7 does and its profile, which is older, does not know: it reads its own memory limit. */
export default () => text`
  @{PROC}/@{pid}/cgroup r,
  /sys/fs/cgroup/{,**/}memory.* r,
`;
