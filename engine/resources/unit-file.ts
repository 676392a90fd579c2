import { type Keywords, type Resource, readAnew } from "../resource.ts";
import { lines, sh } from "../shell.ts";
import type { Text } from "../text.ts";
import { asRead } from "../units.ts";
import { file } from "./file.ts";

/**
 * A unit file or a drop-in, by its path under /etc/systemd/system; and systemd has read it as it is. Drop-ins are there
 * before packages are: a daemon that a run installs never starts without its own, not even at a boot after a run that broke
 * off, and the package's installation has systemd read it.
 */
export function unitFile(name: string, options: { content: Text } & Keywords): Resource {
  const written = file(`/etc/systemd/system/${name}`, options);
  const id = name.replace(/\.d\/.*$/, "");
  const whole = id === name;
  const read = { look: asRead(id), is: "*:no", like: true, label: "read by systemd" };
  return {
    ...written,
    expects: [...(written.expects ?? []), read],
    ...(whole ? { brings: [`unit ${id}`] } : { first: true }),
    apply: lines([written.apply, whole ? sh`systemctl daemon-reload` : readAnew(id)]),
  };
}
