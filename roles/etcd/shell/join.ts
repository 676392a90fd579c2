import { type Host, type Shell, sh } from "../../../engine/index.ts";
import { storeUrl } from "../../shared/store.ts";
import { DATA, PROGRAMS, peerUrl } from "../places.ts";

/**
 * Shell that makes a machine without data a member of the store that the others have, and sets "$cluster". The member
 * that it was before is removed first, but only if more than half of all members are well without it. etcd itself takes
 * nobody in while another one is missing, or has just come, so there are several tries.
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
        echo "found $count of the $all members well; expected more than half, so that the store works while this one is replaced. Nothing was removed. Bring the others back and run again."
        return 1
      }
    }
    attempt() {
      listed || return 1
      former=$(printf '%s\n' "$list" | awk -F', ' '$4 == "'${peerUrl(host)}'" { print $1 }')
      [ -z "$former" ] || { well && ${PROGRAMS.ctl} member remove "$former"; } || return 1
      answer=$(${PROGRAMS.ctl} member add ${host.name} --peer-urls=${peerUrl(host)} 2>"$work/refused") || {
        echo 'the store does not take this machine in. etcdctl says:'
        tail -n 1 "$work/refused"
        return 1
      }
    }
    left=${15 * patience}
    until attempt >"$work/attempt" 2>&1; do
      left=$((left - 1))
      [ $left -gt 0 ] || { cat "$work/attempt"; exit 1; }
      sleep 1
    done
    cluster=$(printf '%s\n' "$answer" | sed -n 's/^ETCD_INITIAL_CLUSTER="\(.*\)"$/\1/p')`;
}

// --- internal ---

const LOST = `If more than half of them are gone for good, so is what the store had. To found a new one, on all members: sudo systemctl stop etcd; sudo mv ${DATA} ${DATA}.lost; then run again.`;
