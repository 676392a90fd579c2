import { dirname } from "node:path";
import type { Keywords, Resource } from "../model/resource.ts";
import { asRead } from "../observers/systemd.ts";
import { lines, sh } from "../template/shell.ts";
import type { Text } from "../template/text.ts";
import { CompileError } from "../util/errors.ts";
import { file } from "./file.ts";
import { readAnew } from "./unit-handlers.ts";

/**
 * A unit file or a drop-in, by its path under /etc/systemd/system. systemd must have read it as it is now. Drop-ins are
 * written before packages are installed. So a new daemon never starts without its drop-in, not even at a boot after a
 * run that broke off. The package's installation makes systemd read it.
 */
export function unitFile(name: string, options: { content: Text } & Keywords): Resource {
  const path = `/etc/systemd/system/${name}`;
  const written = file(path, options);
  const id = name.replace(/\.d\/.*$/, "");
  const whole = id === name;
  if (!whole && !/\/quintet(-[\w.-]+)?\.conf$/.test(name))
    throw new CompileError(
      `unitFile[${name}]: expected a drop-in called quintet.conf or quintet-….conf; by that name it is told from an administrator's`,
    );
  const read = { observe: asRead(id), is: "*:no", like: true, label: "read by systemd" };
  return {
    ...written,
    expects: [...(written.expects ?? []), read],
    ...(whole
      ? { brings: [`unit ${id}`] }
      : { first: true, writes: [...(written.writes ?? []), dirname(path)] }),
    apply: lines([written.apply, whole ? sh`systemctl daemon-reload` : readAnew(id)]),
  };
}
