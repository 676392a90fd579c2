import { type Handler, handler } from "../model/resource.ts";
import { type Shell, sh } from "../template/shell.ts";

/**
 * Restarts or reloads a unit, with the unit files as they are now. Does nothing if the unit does not run (its service
 * resource starts it), or if it was started after the change ("$since", nanoseconds) and so has read it. A restart
 * comes before a reload: a process started from the old unit, as the package's own user, may lack rights that the new
 * one needs.
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
 * Makes systemd reread all unit files, but only if it has not read this unit's as they are, or if a missing one is back
 * (LoadState `error`: see `unit` in observers/systemd.ts). It takes longest of all that systemd is asked for.
 */
export function readAnew(unit: string): Shell {
  return sh`! systemctl show --property=LoadState,NeedDaemonReload ${unit} | grep -qx -e LoadState=error -e NeedDaemonReload=yes || systemctl daemon-reload`;
}

/** For handlers: succeeds if a running unit was started after the change, and so has read it. */
export function startedSince(unit: string): Shell {
  const started = sh`$(systemctl show --timestamp=us+utc --property=ActiveEnterTimestamp --value ${unit})`;
  return sh`[ "$(date -d "${started}" +%s%N)" -ge "$since" ]`;
}
