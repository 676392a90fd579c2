import { unit } from "../look.ts";
import type { Keywords, Resource } from "../resource.ts";
import { lines, sh } from "../shell.ts";
import type { Text } from "../text.ts";
import { file } from "./file.ts";

/** A unit file or a drop-in, by its path under /etc/systemd/system; and systemd has read it as it is. */
export function unitFile(name: string, options: { content: Text } & Keywords): Resource {
  const written = file(`/etc/systemd/system/${name}`, options);
  const id = name.replace(/\.d\/.*$/, "");
  const read = { look: { kind: unit, key: id }, is: "*:no", like: true, label: "read by systemd" };
  return {
    ...written,
    expects: [...(written.expects ?? []), read],
    ...(id === name && { brings: [`unit ${id}`] }),
    apply: lines([written.apply, sh`systemctl daemon-reload`]),
  };
}
