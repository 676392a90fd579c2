import { resource } from "../model/resource.ts";
import { line as asWanted } from "../observers/linux.ts";
import { sh } from "../template/shell.ts";
import { CompileError } from "../util/errors.ts";

export interface LineOptions {
  file: string;
  /** Extended regular expression (awk's) of the lines that this one replaces. @default the line itself */
  instead?: string;
}

/** One line of a file that others write, too. It takes the place of the first line that it replaces, the others go. */
export const line = resource<LineOptions>("line", (name, { file, instead = "" }) => {
  if (!file.startsWith("/"))
    throw new CompileError(`line[${name}]: expected an absolute path as its file, found ${file}`);
  const wanted = sh`
    awk -v instead=${instead.replaceAll("\\", "\\\\")} -v line=${name.replaceAll("\\", "\\\\")} '
      $0 == line || (instead != "" && $0 ~ instead) { if (!done) print line; done = 1; next }
      { print }
      END { if (!done) print line }' ${file}`;
  const key = `${file} ${name}`;
  return {
    expects: [
      { observe: { observer: asWanted, key, args: [key, file, instead, name] }, is: "so", or: "cannot tell" },
    ],
    check: sh`
      [ -f ${file} ] || { echo ${`${file} is not there`}; exit 2; }
      [ ! -e "$work/refused" ] || ${wanted} >/dev/null || exit 2`,
    diff: sh`${wanted} | diff -u -L ${`${file} (now)`} -L ${`${file} (wanted)`} ${file} - || :`,
    apply: sh`
      real=$(readlink -f ${file})
      next=\${real%/*}/.\${real##*/}.quintet
      trap 'rm -f "$next"' EXIT
      ${wanted} >"$work/wanted"
      install -T -o "$(stat -c %u "$real")" -g "$(stat -c %g "$real")" -m "$(stat -c %a "$real")" "$work/wanted" "$next"
      mv -fT "$next" "$real"`,
  };
});
