import { sh } from "../../template/shell.ts";
import { SAYS } from "../protocol.ts";

/** Shell functions for a program's work directory and its end. The lock is its session's. */
export const opening = sh`
  open() {
    [ -d "$run" ] || (umask 077; mkdir -p "$run")
    if [ "$mode" = apply ]; then
      [ -d "$pending" ] || (umask 077; mkdir -p "$pending")
      remove_old
    fi
    work=$run/work.$$
    [ ! -e "$work" ] || rm -rf "$work"
    mkdir -m 0700 "$work" || exit 3
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' HUP INT TERM
    trap 'exit 141' PIPE
  }

  # What a run that died has left. Without its session it does not work any more.
  remove_old() {
    for old in "$run"/work.*; do
      kill -0 "\${old##*.}" 2>/dev/null || rm -rf "$old"
    done
  }

  finish() {
    tell_left
    result='done'
    [ $failed = 0 ] || result='failed'
    [ "$mode" = check ] || logger -t quintet -- "$who: $result" || :
    [ "$mode" = check ] || [ $failed = 0 ] || exit 3
    say ${SAYS.finished}
  }`;
