import { type Observation, type Observer, sh } from "../../engine/index.ts";
import { HEALTH, HTTP, SEAL } from "./places.ts";

/**
 * What a member says of itself. `health`: `true` if it has a leader and takes writes. `access`: the hash of the users that
 * a run wanted last, if nobody has changed them since, as each change raises their revision. curl is far quicker than etcdctl.
 */
const observer: Observer = {
  name: "store",
  gather: sh`
    for key in "$@"; do
      case $key in
        health) { curl -s --max-time 5 ${HEALTH}; echo; } | sed -n 's/^{"health":"\([a-z]*\)".*/store\thealth\t\1/p' ;;
        access)
          { curl -s --max-time 5 ${`${HTTP}/metrics`}; echo "sealed $(cat ${SEAL} 2>/dev/null)"; } | awk '
            $1 == "etcd_debugging_auth_revision" { revision = $2 }
            $1 == "sealed" && $3 != "" && $3 == revision { printf "store\taccess\t%s\n", $2 }' ;;
      esac
    done`,
};

export const says = (key: "health" | "access"): Observation => ({ observer, key });
