import { resource } from "../resource.ts";
import { sh } from "../shell.ts";

export interface LineOptions {
  file: string;
  /** Basic regular expression of the lines that this one takes the place of. @default the line itself */
  instead?: string;
}

/** One line of a file that others own too. Lines that it replaces go, it stands where the first of them stood. */
export const line = resource<LineOptions>("line", (name, { file, instead }) => {
  const wanted = sh`
    awk -v instead=${(instead ?? "").replaceAll("\\", "\\\\")} -v line=${name.replaceAll("\\", "\\\\")} '
      $0 == line || (instead != "" && $0 ~ instead) { if (!done) print line; done = 1; next }
      { print }
      END { if (!done) print line }' ${file}`;
  return {
    check: sh`
      [ -f ${file} ] || { echo ${`${file} is not there`}; exit 2; }
      ${wanted} | cmp -s - ${file} || exit 1`,
    diff: sh`${wanted} | diff -u -L ${`${file} (now)`} -L ${`${file} (wanted)`} ${file} - || :`,
    apply: sh`
      next=$(mktemp -p "$(dirname ${file})" .quintet.XXXXXX)
      trap 'rm -f "$next"' EXIT
      ${wanted} >"$next"
      chown --reference=${file} "$next"
      chmod --reference=${file} "$next"
      mv -f "$next" ${file}`,
  };
});
