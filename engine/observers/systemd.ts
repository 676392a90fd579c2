import type { Observation, Observer } from "../model/observation.ts";
import { sh } from "../template/shell.ts";
import { unitsInPerl } from "./systemd-dbus.ts";

/**
 * State of a systemd unit: `active:enabled:`, also while it reloads. If systemd tried to start it and a Condition…= of the
 * unit was not met, the first word is `unmet` in place of `inactive`. For a key `UNIT:read` the last word is
 * NeedDaemonReload: `no` if systemd has read the unit's files as they are now. If systemd met a unit without its file, it
 * says `no` even when the file is back. LoadState is `error` then, so this prints `yes`. Other keys are those of
 * `overridden` and `sinceRead`. Where Perl cannot ask, systemctl does, slowly, and `sinceRead` is not answered.
 */
export const unit: Observer = {
  name: "unit",
  gather: sh`
    keys=$*
    for key in $keys; do
      shift
      set -- "$@" "\${key%%:[ors][eiv]*}"
    done
    perl -e ${unitsInPerl()} "$work/now" $keys 2>/dev/null || {
      systemctl show --property=ActiveState,UnitFileState,LoadState,FragmentPath,DropInPaths,NeedDaemonReload,ConditionResult,ConditionTimestampMonotonic -- "$@" 2>/dev/null
    } | {
      for key in $keys; do
        active='' enabled='' load='' reload='' met='' tried=0 file='' overrides=''
        while IFS='=' read -r name value && [ -n "$name" ]; do
          case $name in
            # A daemon says itself that it reloads, also after systemctl has returned. It works meanwhile.
            ActiveState) active=\${value%reloading} active=\${active:-active} ;;
            UnitFileState) enabled=$value ;;
            LoadState) load=$value ;;
            NeedDaemonReload) reload=$value ;;
            ConditionResult) met=$value ;;
            ConditionTimestampMonotonic) tried=$value ;;
            FragmentPath) file=$value ;;
            DropInPaths)
              for drop_in in $value; do
                case $drop_in in
                  */quintet.conf | */quintet-*.conf) ;;
                  /etc/systemd/*"/\${key%%:*}.d/"* | /run/systemd/system*"/\${key%%:*}.d/"*) overrides="$overrides $drop_in" ;;
                esac
              done
              ;;
          esac
        done
        [ "$active:$met" != inactive:no ] || [ "$tried" = 0 ] || active=unmet
        [ "$load" != error ] || reload=yes
        case $load:$file in
          masked:*) ;;
          *:/etc/* | *:/run/*) [ ! -e "/usr/lib/systemd/system/\${file##*/}" ] || overrides="$overrides $file" ;;
        esac
        case $key in
          *:overridden) printf 'unit\t%s\t%s\n' "$key" "\${overrides# }" ;;
          *:since:*) ;;
          *) printf 'unit\t%s\t%s:%s:%s\n' "$key" "$active" "$enabled" "$reload" ;;
        esac
      done
    }`,
};

/** Whether systemd has read a unit's files as they are now: `*:no`. */
export function asRead(id: string): Observation {
  return { observer: unit, key: `${id}:read` };
}

/**
 * Files of an administrator that override a unit: drop-ins for it (`systemctl edit`, `set-property`) that are not ours, and
 * a copy of the package's unit (`systemctl edit --full`). Empty if there are none. Ours are called `quintet.conf` or
 * `quintet-….conf`.
 */
export function overridden(id: string): Observation {
  return { observer: unit, key: `${id}:overridden` };
}

/**
 * Whether a unit that runs has read these files as they are now: `as it is`, or `before FILE` for the one that was changed,
 * or put back, after it read them. By the time of the last change of the inode, which nobody can set. Empty if it does not
 * run, if that cannot be told, or if it is overridden: it is restarted then in any case.
 */
export function sinceRead(id: string, verb: "reload" | "restart", files: readonly string[]): Observation {
  const escaped = files.map((file) =>
    file.replaceAll(/[^\w./@+-]/g, (odd) =>
      [...Buffer.from(odd)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
    ),
  );
  return { observer: unit, key: [id, "since", verb, ...escaped].join(":") };
}
