import { resource } from "../model/resource.ts";
import { path } from "../observers/linux.ts";
import { sh } from "../template/shell.ts";
import { CompileError } from "../util/errors.ts";
import { requireAbsolute } from "./paths.ts";

/** A symbolic link to `to`. Replaced in one move; a directory or file in its place is never removed. */
export const link = resource<{ to: string }>("link", (name, { to }) => {
  requireAbsolute("link", name);
  if (/[\t\n\0]/.test(to))
    throw new CompileError(`link[${name}]: its target cannot hold a tab, a line break or a NUL byte`);
  return {
    certain: true,
    expects: [{ observe: { observer: path, key: name }, is: `l:root:root:777:${to}`, label: "is" }],
    apply: sh`
    if [ -e ${name} ] && [ ! -L ${name} ]; then
      echo ${`${name} is there and is not a link; move it away first: it is not removed, since its content may be needed`}
      exit 1
    fi
    ln -sfn -- ${to} ${`${name}.quintet`}
    mv -fT ${`${name}.quintet`} ${name}`,
  };
});

/** A path that must not exist. A file, a link or an empty directory is removed; a directory with content fails. */
export const absent = resource<object>("absent", (name) => {
  requireAbsolute("absent", name);
  return {
    certain: true,
    expects: [{ observe: { observer: path, key: name }, is: "", label: "is" }],
    apply: sh`if [ -d ${name} ] && [ ! -L ${name} ]; then rmdir ${name}; else rm -f ${name}; fi`,
  };
});
