import { sh } from "../template/shell.ts";

/**
 * Shell functions for a journal of files that are replaced as a set. In it N is an old file, if there was one, and N.path
 * says where it belongs: the run that finds the journal may have another set. `put_back` does so by this alone.
 *
 * If a journal has no paths, an older program left it. `set_aside` keeps it under another name: whatever is put back by
 * guess may come under the name of another file.
 */
export const JOURNAL = sh`
  for_each_of() {
    for path in "$1"/*.path; do
      [ -e "$path" ] || continue
      kept=\${path%.path} file=$(cat "$path")
      next=\${file%/*}/.\${file##*/}.quintet
      $2
    done
  }

  put_one_back() {
    [ -e "$kept" ] || { rm -f "$file" "$next"; return 0; }
    mkdir -p "\${next%/*}/"
    cp -aT "$kept" "$next"
    mv -fT "$next" "$file"
  }

  put_back() {
    for_each_of "$1" put_one_back
    mv -T "$1" "$1.done"
  }

  set_aside() {
    [ ! -e "$1/0.path" ] || return 0
    rm -rf "$1.unnamed"
    mv -T "$1" "$1.unnamed"
  }

  # A run that died before its first move has left candidates beside the files of its set.
  drop_fresh() {
    for_each_of "$1.new" drop_candidate
    rm -rf "$1.new" "$1.done"
  }

  drop_candidate() { rm -f "$next"; }`;
