import { resource } from "../model/resource.ts";
import { unit } from "../observers/systemd.ts";
import { sh } from "../template/shell.ts";
import { readAnew } from "./unit-handlers.ts";

export interface ServiceOptions {
  /**
   * `where it can`: it may also be stopped because a condition of the unit is not met, like a clock's in a container.
   * `on demand`: it may also be stopped, because its socket starts it when a connection comes. The run that enables it
   * also starts it. @default true
   */
  running?: boolean | "where it can" | "on demand";
  /** Starts at boot. `static` for units without an [Install] section. @default true */
  enabled?: boolean | "static";
}

/** A systemd unit that runs (or not) and starts at boot (or not). If its files are ours, `unitFile` writes them. */
export const service = resource<ServiceOptions>("service", (name, { running = true, enabled = true }) => {
  const id = /\.\w+$/.test(name) ? name : `${name}.service`;
  const boot = enabled === "static" ? "static" : enabled ? "enabled" : "disabled";
  const settle =
    enabled === "static" ? sh`daemon-reload` : sh`${enabled ? "enable" : "disable"} --quiet ${id}`;
  const runs = running ? "active" : "inactive";
  return {
    certain: true,
    expects: [
      {
        observe: { observer: unit, key: id },
        is: `${runs}:${boot}:*`,
        like: true,
        label: "unit",
        // A unit that runs goes on while its file is missing, and also when the file is back.
        pending: [
          { on: `unit ${id}`, shows: [`${runs}:*`] },
          { on: "packages", shows: [`${runs}::*`] },
        ],
        ...(running === "where it can" && { or: `unmet:${boot}:*` }),
        ...(running === "on demand" && { or: `inactive:${boot}:*` }),
      },
    ],
    // Enabling also makes systemd reread all unit files, so it is done only if needed.
    apply: sh`
      case $(systemctl show --property=UnitFileState --value ${id}) in
        masked) systemctl unmask ${id} ;;
        masked-runtime) systemctl unmask --runtime ${id} ;;
      esac
      ${readAnew(id)}
      [ "$(systemctl show --property=UnitFileState --value ${id})" = ${boot} ] || systemctl ${settle}
      systemctl reset-failed ${id} 2>/dev/null || :
      systemctl ${running ? "start" : "stop"} ${id} || {
        systemctl --no-pager --lines=0 status ${id} || :
        journalctl --no-pager --output=cat --lines=15 --unit=${id} || :
        exit 1
      }`,
  };
});
