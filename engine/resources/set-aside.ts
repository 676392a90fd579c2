import { overridden } from "../observers/systemd.ts";
import { type Shell, sh } from "../template/shell.ts";

/**
 * Shell that moves an administrator's files beside their places, under names that systemd does not read. `$start` is what a
 * unit needs then that runs or is to run: a restart if there were such files.
 */
export function setAside(id: string): Shell {
  return sh`
    start=start
    for file in $(gather_unit ${overridden(id).key} | cut -f 3); do
      mv -f "$file" "$file.set-aside"
      echo "$file overrode the package's unit; it is now $file.set-aside"
      ! systemctl is-active --quiet ${id} || start=restart
    done
    [ $start = start ] || systemctl daemon-reload`;
}

/** Shell that takes an administrator's mask of a unit away. */
export function unmasked(id: string): Shell {
  return sh`
    case $(systemctl show --property=UnitFileState --value ${id}) in
      masked) systemctl unmask ${id} ;;
      masked-runtime) systemctl unmask --runtime ${id} ;;
    esac`;
}
