import { type Host, type Shell, sh } from "../../../engine/index.ts";
import { storeUrl } from "../../shared/store.ts";
import { PROGRAMS, peerUrl } from "../places.ts";

/**
 * Shell that makes a machine without data a member of the store that the others have, and sets "$cluster". The member
 * that it was before is removed first, but only if more than half of all members are well without it. etcd itself refuses
 * new members while one of the old ones is missing, so there are several tries.
 */
export function admitted(host: Host, others: readonly Host[], patience: number): Shell {
  return sh`
    export ETCDCTL_ENDPOINTS=${others.map(storeUrl).join(",")}
    listed() {
      list=$(${PROGRAMS.ctl} member list 2>"$work/refused") || {
        echo 'found members with data, but no majority of them that answers; expected one, to be let in. etcdctl says:'
        tail -n 1 "$work/refused"
        echo ${LOST}
        return 1
      }
    }
    well() {
      count=0
      for other in ${others.map(storeUrl)}; do
        ! ETCDCTL_ENDPOINTS=$other ${PROGRAMS.ctl} endpoint health >/dev/null 2>&1 || count=$((count + 1))
      done
      all=$(printf '%s\n' "$list" | wc -l)
      [ $((count * 2)) -gt "$all" ] || {
        echo "found $count of the $all members well; expected more than half, so that the store works while this one is replaced. Bring the others back and run again."
        return 1
      }
    }
    left=${30 * patience}
    while :; do
      listed
      former=$(printf '%s\n' "$list" | awk -F', ' '$4 == "'${peerUrl(host)}'" { print $1 }')
      if [ -n "$former" ]; then
        well
        ${PROGRAMS.ctl} member remove "$former"
      fi
      ! answer=$(${PROGRAMS.ctl} member add ${host.name} --peer-urls=${peerUrl(host)} 2>"$work/refused") || break
      left=$((left - 1))
      [ $left -gt 0 ] || { echo 'the store does not let this machine in:'; tail -n 1 "$work/refused"; exit 1; }
      sleep 1
    done
    cluster=$(printf '%s\n' "$answer" | sed -n 's/^ETCD_INITIAL_CLUSTER="\(.*\)"$/\1/p')`;
}

// --- internal ---

const LOST =
  "If more than half of them are gone for good, the store is lost. To found a new one, on all members: sudo systemctl stop etcd, sudo mv /var/lib/etcd/default /var/lib/etcd/lost; then run again.";
