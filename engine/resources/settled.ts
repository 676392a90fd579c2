import { sh } from "../template/shell.ts";

/** Shell function: succeeds if a unit runs, fails if not, and waits while it is on its way between the two. */
export const SETTLED = sh`
  settled() {
    left=600
    while :; do
      state=$(systemctl show --property=ActiveState --value "$1")
      case $state in
        active) return 0 ;;
        inactive | failed) return 1 ;;
      esac
      left=$((left - 1))
      [ $left -gt 0 ] || { echo "found $1 $state for two minutes; expected it to run or to have failed: systemctl status $1"; exit 1; }
      sleep 0.2
    done
  }`;
