import { type Shell, sh } from "../template/shell.ts";

/**
 * Shell for the `diff` of a resource: how a file differs from its wanted content. If the resource has several contents,
 * `at` is the number of this one.
 */
export function contentDiff(file: string, at?: number): Shell {
  return sh`
    [ -f ${file} ] && now=${file} || now=/dev/null
    content_$n ${at} | diff -u -L ${`${file} (now)`} -L ${`${file} (wanted)`} "$now" - || :`;
}
