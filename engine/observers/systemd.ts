import type { Observation, Observer } from "../model/observation.ts";
import { sh } from "../template/shell.ts";
import { systemctlShow } from "./systemd-dbus.ts";

/**
 * State of a systemd unit: `active:enabled:`. If systemd tried to start it and a Condition…= of the unit was not met,
 * the first word is `unmet` in place of `inactive`. For a key `UNIT:read` the last word is NeedDaemonReload: `no` if
 * systemd has read the unit's files as they are now. If systemd met a unit without its file, it says `no` even when the
 * file is back. LoadState is `error` then, so this prints `yes`.
 */
export const unit: Observer = {
  name: "unit",
  gather: sh`
    keys=$*
    for key in $keys; do
      shift
      set -- "$@" "\${key%:read}"
    done
    {
      perl -e ${systemctlShow()} $keys ||
        systemctl show --property=ActiveState,UnitFileState,LoadState,NeedDaemonReload,ConditionResult,ConditionTimestampMonotonic -- "$@"
    } 2>/dev/null | {
      for key in $keys; do
        active='' enabled='' load='' reload='' met='' tried=0
        while IFS='=' read -r name value && [ -n "$name" ]; do
          case $name in
            ActiveState) active=$value ;;
            UnitFileState) enabled=$value ;;
            LoadState) load=$value ;;
            NeedDaemonReload) reload=$value ;;
            ConditionResult) met=$value ;;
            ConditionTimestampMonotonic) tried=$value ;;
          esac
        done
        [ "$active:$met" != inactive:no ] || [ "$tried" = 0 ] || active=unmet
        [ "$load" != error ] || reload=yes
        printf 'unit\t%s\t%s:%s:%s\n' "$key" "$active" "$enabled" "$reload"
      done
    }`,
};

/** Whether systemd has read a unit's files as they are now: `*:no`. */
export function asRead(id: string): Observation {
  return { observer: unit, key: `${id}:read` };
}
