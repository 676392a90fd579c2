import { resource } from "../model/resource.ts";
import { overridden, unit } from "../observers/systemd.ts";
import { sh } from "../template/shell.ts";
import { setAside, unmasked } from "./set-aside.ts";
import { readAnew, unitId } from "./unit-handlers.ts";

export interface ServiceOptions {
  /**
   * `where it can`: it may also be stopped because a condition of the unit is not met, like a clock's in a container.
   * `on demand`: it may also be stopped or starting: its socket starts it. The run that enables it also starts it. @default true
   */
  running?: boolean | "where it can" | "on demand";
  /** Starts at boot; `static` without [Install]. @default true */
  enabled?: boolean | "static";
  /** False if what it needs may start it already. @default true */
  certain?: boolean;
}

/**
 * A systemd unit that runs (or not) and starts at boot (or not), as its package, `unitFile` and our drop-ins have it: an
 * administrator's mask or override is taken away; an override is kept beside its place.
 */
export const service = resource<ServiceOptions>("service", (name, options) => {
  const { running = true, enabled = true, certain = true } = options;
  const [id, runs] = [unitId(name), running ? "active" : "inactive"];
  const boot = enabled === "static" ? "static" : enabled ? "enabled" : "disabled";
  const settle =
    enabled === "static" ? sh`daemon-reload` : sh`${enabled ? "enable" : "disable"} --quiet ${id}`;
  return {
    certain,
    brings: [`start ${id}`],
    expects: [
      {
        observe: { observer: unit, key: id },
        is: `${runs}:${boot}:*`,
        like: true,
        label: "unit",
        pending: [
          { on: `unit ${id}`, shows: [`${runs}:*`] },
          { on: "packages", shows: [`${runs}::*`] },
        ],
        ...(running === "where it can" && { or: `unmet:${boot}:*` }),
        ...(running === "on demand" && { or: [`inactive:${boot}:*`, `activating:${boot}:*`] }),
      },
      { observe: overridden(id), is: "", label: "overridden by" },
    ],
    apply: sh`
      ${unmasked(id)}
      ${setAside(id)}
      ${readAnew(id)}
      [ "$(systemctl show --property=UnitFileState --value ${id})" = ${boot} ] || systemctl ${settle}
      systemctl reset-failed ${id} 2>/dev/null || :
      systemctl ${running ? sh`"$start"` : "stop"} ${id} || {
        systemctl --no-pager --lines=0 status ${id} || :
        journalctl --no-pager --output=cat --lines=15 --unit=${id} || :
        exit 1
      }`,
  };
});
