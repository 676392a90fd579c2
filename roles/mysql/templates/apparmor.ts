import { text } from "../../../engine/index.ts";

/** MySQL 9.7 reads its own memory limit. Its AppArmor profile is older and does not allow that. */
export default () => text`
  @{PROC}/@{pid}/cgroup r,
  /sys/fs/cgroup/{,**/}memory.* r,
`;
