import { type HandledUnit, type Handler, handler } from "../model/resource.ts";
import { type Shell, sh } from "../template/shell.ts";
import { SETTLED } from "./settled.ts";

export interface UnitHandlerOptions extends Pick<HandledUnit, "except"> {
  /** In place of systemctl's reload or restart. */
  readonly run?: Shell;
  /** Runs behind it, to wait until the unit works again. */
  readonly afterwards?: Shell;
}

/**
 * Reloads or restarts a unit, with the unit files as they are now. Does nothing if the unit does not run (its service
 * resource starts it), or if it was started after the change, and so has read it: then another invocation runs than the one
 * that the handler mark names. A unit that is only starting may have read the old file: it is waited for. A restart comes
 * before a reload: a process started from the old unit, as the package's own user, may lack rights that the new one needs.
 */
export function reload(
  unit: string,
  verb: HandledUnit["verb"] = "reload",
  { run, afterwards, except = [] }: UnitHandlerOptions = {},
): Handler {
  const id = unitId(unit);
  return handler(
    `${verb} ${unit}`,
    sh`
      ${SETTLED}
      settled ${id} || exit 0
      [ -z "$marked" ] || [ "$marked" = "$(systemctl show --property=InvocationID --value ${id})" ] || exit 0
      ${readAnew(id)}
      ${run ?? sh`systemctl ${verb} ${id}`}
      ${afterwards}`,
    { unit: { id, verb, except }, ...(verb === "restart" && { covers: `reload ${unit}` }) },
  );
}

/**
 * Makes systemd reread all unit files, but only if it has not read this unit's as they are, or if a missing one is back
 * (LoadState `error`: see `unit` in observers/systemd.ts). It takes longest of all that systemd is asked for.
 */
export function readAnew(unit: string): Shell {
  return sh`! systemctl show --property=LoadState,NeedDaemonReload ${unit} | grep -qx -e LoadState=error -e NeedDaemonReload=yes || systemctl daemon-reload`;
}

/** The whole name of a unit: `nginx` is nginx.service. */
export function unitId(name: string): string {
  return /\.\w+$/.test(name) ? name : `${name}.service`;
}
