import { type Shell, sh } from "../../../engine/index.ts";
import { BIRTH, DATA, WAL } from "../places.ts";

/** Shell that stops an etcd that has no data, and keeps aside what is in their place: etcd would take it for its own. */
export const STOPPED = sh`
  systemctl stop etcd
  [ ! -e ${`${DATA}/member`} ] || mv -T ${`${DATA}/member`} "${DATA}/member.$(date +%s)"`;

/** Shell that starts etcd with what only its first start is told, "$cluster" among it, and waits until it has data. */
export function started(state: "new" | "existing", token: string, patience: number): Shell {
  return sh`
    {
      printf 'ETCD_INITIAL_CLUSTER=%s\n' "$cluster"
      printf 'ETCD_INITIAL_CLUSTER_STATE=%s\nETCD_INITIAL_CLUSTER_TOKEN=%s\n' ${state} ${token}
    } >${`${BIRTH}.new`}
    mv -fT ${`${BIRTH}.new`} ${BIRTH}
    systemctl reset-failed etcd 2>/dev/null || :
    systemctl start etcd
    left=${30 * patience}
    until [ -d ${WAL} ]; do
      left=$((left - 1))
      [ $left -gt 0 ] || {
        echo 'etcd was started, but it has made no data:'
        journalctl --no-pager --output=cat --lines=5 --unit=etcd
        exit 1
      }
      sleep 1
    done`;
}
