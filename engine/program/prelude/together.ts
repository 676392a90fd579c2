import { sh } from "../../template/shell.ts";
import { SAYS } from "../protocol.ts";

/** Shell function for resources of one kind that are applied in one go, such as packages. */
export const together = sh`
  together() {
    kind=$1
    shift
    if [ "$mode" = check ]; then
      for n in "$@"; do converge $n; done
      return
    fi
    todo=
    args=
    for n in "$@"; do
      depends_on_failure && continue
      is_$n
      case $? in
        0) settle ${SAYS.ok} $n ;;
        1) todo="$todo $n"; args="$args $(args_$n)" ;;
        *) fail check 2 ;;
      esac
    done
    [ -n "$todo" ] || return 0
    set -- $todo
    n=$1
    ready
    if [ $is_ready = 1 ]; then apply_together; else fail_others "$@"; fi
  }

  apply_together() {
    for n in $todo; do prepare; done
    ( set -efu; together_$kind $args ) >"$work/out" 2>&1 3>&- 4<&- 9>&-
    code=$?
    dirty=1
    observe_$kind
    for n in $todo; do
      if [ $code = 0 ]; then verify; else settle_after_failure; fi
    done
  }

  # One transaction, one output: those that are not there have failed, each for its own role.
  settle_after_failure() {
    if is_$n; then
      note
      settle ${SAYS.changed} $n "$(encoded "$work/diff.$n")"
      return
    fi
    fail apply $code
    echo 'it was to come in the same transaction' >"$work/out"
  }

  # The first has waited in vain, and has failed; the others would wait for the same.
  fail_others() {
    shift
    for n in "$@"; do fail wait $code; done
  }`;
