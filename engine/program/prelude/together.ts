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
    for n in $todo; do prepare; done
    ( set -efu; together_$kind $args ) >"$work/out" 2>&1 3>&- 4<&-
    code=$?
    dirty=1
    [ $code = 0 ] || fail apply $code
    observe_$kind
    for n in $todo; do verify; done
  }`;
