import { sh } from "../../template/shell.ts";
import { SAYS } from "../protocol.ts";

/** Shell functions for handlers. Their marks are files, which outlive a run that dies. */
export const handling = sh`
  flush() {
    h=$1
    [ "$dirty" = 0 ] || watch_$h
    if [ "$mode" = check ]; then
      predict_handler
      return
    fi
    reason
    due_mark_$h || [ -s "$work/reason" ] || return 0
    handler_depends_on_failure && return
    say ${SAYS["handler-start"]} $h
    marked=$(marked_$h)
    ( set -eu; handler_$h ) >"$work/out" 2>&1 3>&- 4<&- 9>&-
    code=$?
    dirty=1
    if [ $code != 0 ]; then
      say ${SAYS["handler-failed"]} $h $code "$(encoded "$work/out")"
      failed=1 role=''
      eval "role=\$handler_role_$h"
      eval "[ -n \"\$broken_$role\" ] || broken_$role=handler"
      return
    fi
    unmark_$h
    say ${SAYS["handler-done"]} $h "$(encoded "$work/reason")"
  }

  # Why a handler is due that nothing has notified.
  reason() {
    : >"$work/reason"
    due_mark_$h || ! stale_$h || reason_$h >"$work/reason"
  }

  # The invocation of a unit that runs now, or \`none\`.
  invocation() {
    id=$(systemctl show --property=InvocationID --value "$1" 2>/dev/null)
    echo "\${id:-none}"
  }

  # Marks of handlers that this program does not have. If the unit was started since, nothing is left to do.
  tell_left() {
    left=
    for mark in "$pending"/*; do
      [ -e "$mark" ] && ! known_mark "\${mark##*/}" || continue
      { read -r id && read -r unit; } <"$mark" 2>/dev/null || id='' unit=''
      if [ -n "$unit" ] && [ "$id" != "$(invocation "$unit")" ]; then
        [ "$mode" = check ] || rm -f "$mark"
      else
        left="$left \${mark##*/}"
      fi
    done
    [ -z "$left" ] || say ${SAYS.left} "$(printf %s "$left" | base64 -w0)"
  }

  # A role that failed has not got all that its handlers are to take up. Their marks stay for the next run.
  handler_depends_on_failure() {
    role='' cause=$broken
    eval "role=\$handler_role_$h"
    [ -n "$cause" ] || eval "cause=\$broken_$role"
    [ -n "$cause" ]
  }

  # due_N: 0 = an earlier run may have left a mark, 1 = notified in this run, 2 = reported.
  predict_handler() {
    due=0
    eval "due=\$due_$h"
    reason
    [ $due = 1 ] || { [ $due = 0 ] && due_mark_$h; } || [ -s "$work/reason" ] || return 0
    [ $due = 2 ] || say ${SAYS["handler-due"]} $h "$(encoded "$work/reason")"
    eval "due_$h=2"
  }`;
