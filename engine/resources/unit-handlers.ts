import { type Handler, handler } from "../model/resource.ts";
import { type Shell, sh } from "../template/shell.ts";

/**
 * Restarts or reloads a unit, with the unit files as they are now. Does nothing when it does not run (its service resource
 * starts it) or when it was started after the change ("$since", nanoseconds): it has read it then. A restart comes before a
 * reload: who runs with a unit file of old, as the package's own user, may not be able to do what the new one says.
 */
export function reload(unit: string, verb: "reload" | "restart" = "reload"): Handler {
  return handler(
    `${verb} ${unit}`,
    sh`
      systemctl is-active --quiet ${unit} || exit 0
      ! ${startedSince(unit)} || exit 0
      ${readAnew(unit)}
      systemctl ${verb} ${unit}`,
    verb === "restart" ? `reload ${unit}` : undefined,
  );
}

/**
 * Has systemd read all unit files anew, which takes longest of all that it is asked, where this unit's are others than it has
 * read, or its file is back that was away (LoadState `error`: see `unit` in units.ts).
 */
export function readAnew(unit: string): Shell {
  return sh`! systemctl show --property=LoadState,NeedDaemonReload ${unit} | grep -qx -e LoadState=error -e NeedDaemonReload=yes || systemctl daemon-reload`;
}

/** In a handler: succeeds when a unit that runs was started after the change, and so has read it. */
export function startedSince(unit: string): Shell {
  const started = sh`$(systemctl show --timestamp=us+utc --property=ActiveEnterTimestamp --value ${unit})`;
  return sh`[ "$(date -d "${started}" +%s%N)" -ge "$since" ]`;
}
