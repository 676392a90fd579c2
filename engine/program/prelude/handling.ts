import { sh } from "../../template/shell.ts";
import { SAYS } from "../protocol.ts";

/** Shell functions for handlers. Their marks are files, which outlive a run that dies. */
export const handling = sh`
  flush() {
    h=$1
    if [ "$mode" = check ]; then
      predict_handler
      return
    fi
    due_mark_$h || return 0
    handler_depends_on_failure && return
    say ${SAYS["handler-start"]} $h
    since=$(since_$h)
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
    say ${SAYS["handler-done"]} $h
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
    [ $due = 1 ] || { [ $due = 0 ] && due_mark_$h; } || return 0
    eval "due_$h=2"
    say ${SAYS["handler-due"]} $h
  }`;
