import type { Keywords, Resource } from "../resource.ts";
import { lines, sh } from "../shell.ts";
import type { Text } from "../text.ts";
import { file } from "./file.ts";

/**
 * A unit file or a drop-in, by its path under /etc/systemd/system. systemd reads it at once, so that a change of it does
 * not show as a change of its service, which no plan would have foreseen.
 */
export function unitFile(name: string, options: { content: Text } & Keywords): Resource {
  const written = file(`/etc/systemd/system/${name}`, options);
  return { ...written, apply: lines([written.apply, sh`systemctl daemon-reload`]) };
}
