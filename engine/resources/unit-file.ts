import type { Keywords, Resource } from "../model/resource.ts";
import { asRead } from "../observers/systemd.ts";
import { lines, sh } from "../template/shell.ts";
import type { Text } from "../template/text.ts";
import { file } from "./file.ts";
import { readAnew } from "./unit-handlers.ts";

/**
 * A unit file or a drop-in, by its path under /etc/systemd/system; and systemd has read it as it is. Drop-ins are there
 * before packages are: a daemon that a run installs never starts without its own, not even at a boot after a run that broke
 * off, and the package's installation has systemd read it.
 */
export function unitFile(name: string, options: { content: Text } & Keywords): Resource {
  const written = file(`/etc/systemd/system/${name}`, options);
  const id = name.replace(/\.d\/.*$/, "");
  const whole = id === name;
  const read = { observe: asRead(id), is: "*:no", like: true, label: "read by systemd" };
  return {
    ...written,
    expects: [...(written.expects ?? []), read],
    ...(whole ? { brings: [`unit ${id}`] } : { first: true }),
    apply: lines([written.apply, whole ? sh`systemctl daemon-reload` : readAnew(id)]),
  };
}
