import { type Shell, sh } from "../template/shell.ts";

/**
 * For `diff` of a resource: how a file differs from the content that it is to have. `at` is the place of that content among
 * several.
 */
export function contentDiff(file: string, at?: number): Shell {
  return sh`
    [ -f ${file} ] && now=${file} || now=/dev/null
    content_$n ${at} | diff -u -L ${`${file} (now)`} -L ${`${file} (wanted)`} "$now" - || :`;
}
