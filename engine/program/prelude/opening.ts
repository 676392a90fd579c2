import { sh } from "../../template/shell.ts";
import { SAYS } from "../protocol.ts";

/** Shell functions for a program's work directory, its lock and its end. */
export const opening = sh`
  open() {
    [ -d "$run" ] || (umask 077; mkdir -p "$run")
    if [ "$mode" = apply ]; then
      [ -d "$pending" ] || (umask 077; mkdir -p "$pending")
      lock
    fi
    work=$run/work.$$
    [ ! -e "$work" ] || rm -rf "$work"
    mkdir -m 0700 "$work" || exit 3
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' HUP INT TERM
    trap 'exit 141' PIPE
  }

  lock() {
    exec 9>>"$run/lock"
    if ! flock -n 9; then
      say ${SAYS.busy} "$(encoded "$run/holder")"
      flock -w "$lock_wait" 9 || { say ${SAYS.locked} "$(encoded "$run/holder")"; exit 5; }
    fi
    printf '%s' "$who" >"$run/holder"
    say ${SAYS.held}
    for old in "$run"/work.*; do
      kill -0 "\${old##*.}" 2>/dev/null || rm -rf "$old"
    done
  }

  finish() {
    result='done'
    [ $failed = 0 ] || result='failed'
    [ "$mode" = check ] || logger -t quintet -- "$who: $result" || :
    [ "$mode" = check ] || [ $failed = 0 ] || exit 3
    say ${SAYS.finished}
  }`;
