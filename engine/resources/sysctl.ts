import { resource } from "../model/resource.ts";
import { path, sysctl as setting, sha256 } from "../observers/linux.ts";
import { sh } from "../template/shell.ts";
import { CompileError } from "../util/errors.ts";
import { sha256Of } from "../util/hash.ts";

/** A kernel setting: now, and after a reboot. The name is sysctl's: `net.ipv4.ip_nonlocal_bind`. */
export const sysctl = resource<{ value: string | number }>("sysctl", (name, { value }) => {
  if (!/^[\w-]+(\.[\w-]+)+$/.test(name))
    throw new CompileError(`sysctl[${name}]: expected a setting's dotted name, such as vm.swappiness`);
  const kept = `/etc/sysctl.d/60-quintet-${name}.conf`;
  const line = `${name} = ${value}\n`;
  return {
    certain: true,
    expects: [
      { observe: { observer: setting, key: name }, is: String(value), label: "setting" },
      { observe: { observer: path, key: kept }, is: "f:root:root:644:", label: kept },
      { observe: { observer: sha256, key: kept }, is: sha256Of(line) },
    ],
    apply: sh`
      printf %s ${line} | install -T -m 0644 /dev/stdin ${`${kept}.new`}
      mv -f ${`${kept}.new`} ${kept}
      sysctl -q -p ${kept}`,
  };
});
