import { sh } from "../../template/shell.ts";
import { PHASE, SAYS } from "../protocol.ts";

const TOGETHER = "it was to come in the same transaction";

/** Shell function for resources of one kind that are applied in one go, such as packages. */
export const together = sh`
  together() {
    kind=$1
    shift
    if [ "$mode" = check ]; then
      predict_together "$@"
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
        *) fail ${PHASE.check} 2 ;;
      esac
    done
    [ -n "$todo" ] || return 0
    set -- $todo
    n=$1
    ready
    if [ $is_ready = 1 ]; then apply_together; else fail_others "$@"; fi
  }

  # A plan. What one of them would be refused for, all would be refused for.
  predict_together() {
    all=
    right=
    todo=
    args=
    code=0
    for n in "$@"; do
      depends_on_failure && continue
      all="$all $n"
      if is_$n; then right="$right $n"; else todo="$todo $n" args="$args $(args_$n)"; fi
    done
    if [ -n "$todo" ]; then
      ( set -efu; foresee_$kind $args ) >"$work/out" 2>&1 3>&- 4<&- 9>&-
      code=$?
    fi
    if [ $code = 0 ]; then
      for n in $all; do converge $n; done
    else
      for n in $right; do converge $n; done
      for n in $todo; do fail ${PHASE.plan} $code; echo ${TOGETHER} >"$work/out"; done
    fi
  }

  apply_together() {
    for n in $todo; do
      prepare || { fail_rest $n; return; }
    done
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
    fail ${PHASE.apply} $code
    echo ${TOGETHER} >"$work/out"
  }

  # One could not be prepared, so there is no transaction.
  fail_rest() {
    echo ${TOGETHER} >"$work/out"
    for n in $todo; do
      [ $n = $1 ] || fail ${PHASE.apply} 1
    done
  }

  # The first has waited in vain, and has failed; the others would wait for the same.
  fail_others() {
    shift
    for n in "$@"; do fail ${PHASE.wait} $code; done
  }`;
