import { type Host, type Text, text } from "../../../engine/index.ts";
import { storeUrl } from "../../shared/store.ts";
import { HTTP, PROGRAMS } from "../places.ts";

interface Options {
  host: Host;
  members: readonly Host[];
  /** How many times longer than usual to wait. */
  patience: number;
}

/**
 * Restarts one member after the other, though a run gets to all at once: who restarts holds a lock in the store, and the
 * others must be a majority without it. So a configuration with which etcd does not start gets no further than one member.
 * A member without a leader serves nobody, and asks nobody. The lock is asked of the others, whose connections stay.
 */
export default ({ host, members, patience }: Options): Text => {
  const others = members.filter(({ name }) => name !== host.name);
  return text`
    #!/bin/sh
    # Written by Quintet (role etcd); changes made here are overwritten.
    # Restarts this member of the store, if the others can do without it, and waits until it works again.
    set -eu
    others='${others.map(storeUrl).join(" ")}'

    leads() { curl -s --max-time 5 ${HTTP}/metrics | grep -qx 'etcd_server_has_leader 1'; }

    restart() {
        systemctl restart etcd
        left=${60 * patience}
        until leads; do
            left=$((left - 1))
            [ $left -gt 0 ] || {
                echo 'etcd was restarted, but has found no leader since:'
                journalctl --no-pager --output=cat --lines=5 --unit=etcd
                exit 1
            }
            sleep 0.5
        done
    }

    well() {
        count=0
        for other in $others; do
            ! ETCDCTL_COMMAND_TIMEOUT=2s ETCDCTL_ENDPOINTS=$other ${PROGRAMS.ctl} endpoint health >/dev/null 2>&1 || count=$((count + 1))
        done
        [ $((count * 2)) -gt ${members.length} ]
    }

    if [ "$#" = 0 ] && [ -n "$others" ] && leads; then
        ETCDCTL_ENDPOINTS=$(echo "$others" | tr ' ' ',')
        export ETCDCTL_ENDPOINTS
        timeout --foreground ${120 * patience} ${PROGRAMS.ctl} lock quintet/restart "$0" locked || {
            code=$?
            [ $code != 124 ] || echo 'waited ${120 * patience} s in vain for the other members to have restarted. See how they are, and run again.'
            exit $code
        }
        exit 0
    fi
    [ "$#" = 0 ] || {
        left=${15 * patience}
        until well; do
            left=$((left - 1))
            [ $left -gt 0 ] || {
                echo "found $count of the ${others.length} other members well; expected more than half of all ${members.length}, so that the store works while this one restarts. Bring the others back and run again."
                exit 1
            }
            sleep 1
        done
    }
    restart
  `;
};
