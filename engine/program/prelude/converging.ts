import { sh } from "../../template/shell.ts";
import { PHASE, SAYS } from "../protocol.ts";

/** Shell functions for one resource: observe it, then predict its change (check) or make it (apply). */
export const converging = sh`
  settle() {
    eval "state_$2=$1"
    say "$@"
  }

  converge() {
    n=$1 awaits=
    depends_on_failure && return
    [ "$dirty" = 0 ] || observe_$n
    is_$n
    differs=$?
    if [ "$mode" = check ]; then predict; else ensure; fi
  }

  # What fails stops what depends on it, and no more: what needs it, and what comes after it in the same role.
  depends_on_failure() {
    needs='' roles='' cause=$broken
    eval "needs=\$needs_$n roles=\$roles_$n"
    for role in $roles; do
      [ -n "$cause" ] || eval "cause=\$broken_$role"
    done
    for need in $needs; do
      eval "case \$state_$need in ${SAYS.failed} | ${SAYS.skipped}) [ -n \"\$cause\" ] || cause=$need ;; esac"
    done
    [ -n "$cause" ] || return 1
    settle ${SAYS.skipped} $n "$cause"
  }

  predict() {
    blocker='' needs='' certain='' notify='' brings='' planned='' bringer=''
    eval "needs=\$needs_$n certain=\$certain_$n notify=\$notify_$n brings=\$brings_$n"
    for need in $needs; do
      eval "case \$state_$need in ${SAYS.changed}|${SAYS.unknown}) blocker=$need ;; esac"
    done
    for thing in $awaits; do
      eval "planned=\$bringer_$thing"
      [ -z "$planned" ] || bringer=$planned
    done
    if [ -n "$bringer" ]; then
      settle ${SAYS.unknown} $n $bringer
    elif [ -n "$blocker" ] && { [ $certain = 0 ] || [ $differs -gt 1 ]; }; then
      settle ${SAYS.unknown} $n $blocker
    elif [ $differs = 0 ]; then
      settle ${SAYS.ok} $n
    elif [ $differs = 1 ]; then
      for thing in $brings; do eval "bringer_$thing=$n"; done
      for h in $notify; do eval "due_$h=1"; done
      ( diff_$n ) >"$work/diff" 2>&1 3>&- 4<&- 9>&-
      settle ${SAYS.changed} $n "$(encoded "$work/diff")"
    else
      fail ${PHASE.check} $differs
    fi
  }

  ensure() {
    case $differs in
      0) settle ${SAYS.ok} $n; return ;;
      1) ;;
      *) fail ${PHASE.check} $differs; return ;;
    esac
    ready
    [ $is_ready = 1 ] || return
    prepare || return
    ( set -eu; apply_$n ) >"$work/out" 2>&1 3>&- 4<&- 9>&-
    code=$?
    dirty=1
    [ $code = 0 ] || { fail ${PHASE.apply} $code; return; }
    trial_$n || { fail ${PHASE.apply} 1; return; }
    observe_$n
    verify
  }

  prepare() {
    notify=''
    eval "notify=\$notify_$n"
    for h in $notify; do
      mark_$h 2>"$work/out" || { fail ${PHASE.apply} 1; return 1; }
    done
    ( diff_$n ) >"$work/diff.$n" 2>&1 3>&- 4<&- 9>&-
    say ${SAYS.start} $n
    receive_$n || { fail ${PHASE.apply} 1; return 1; }
  }

  # Called by itself, never behind || or if: the shell would forget set -e in what it calls.
  ready() {
    told='' left=0 is_ready=1
    eval "left=\$ready_$n"
    while [ "$left" -gt 0 ]; do
      ( set -eu; until_$n ) >"$work/out" 2>&1 3>&- 4<&- 9>&-
      code=$?
      [ $code != 0 ] || return 0
      reason=x$(encoded "$work/out")
      [ "$reason" = "$told" ] || say ${SAYS.waiting} $n "\${reason#x}"
      told=$reason
      left=$((left - 1))
      sleep 1
    done
    [ -z "$told" ] || { is_ready=0; fail ${PHASE.wait} $code; }
  }

  receive() {
    blob=$work/blob
    room "$run" $(($2 / 1048576 + 1)) 1 >"$work/out" || return 1
    say ${SAYS.need} $n "$1"
    head -c "$2" <&4 >"$blob"
    printf '%s  %s\n' "$1" "$blob" | sha256sum -c --status && return
    echo "what arrived is not the archive that was announced; expected $2 bytes with SHA-256 $1" >"$work/out"
    return 1
  }

  # A change that may cut the host off is kept only if the control machine can log in again: it is asked, and says yes
  # or no. If the host is cut off, no answer comes, and this program must not hold the lock until TCP gives up.
  trial() {
    say ${SAYS.trial} $n
    answer=$(timeout 45 head -n 1 <&4)
    [ "$answer" = yes ] || {
      ( set -eu; undo_$n ) >>"$work/out" 2>&1 3>&- 4<&- 9>&-
      return 1
    }
    ( set -eu; keep_$n ) >>"$work/out" 2>&1 3>&- 4<&- 9>&-
  }

  verify() {
    is_$n
    case $? in
      0) note; settle ${SAYS.changed} $n "$(encoded "$work/diff.$n")" ;;
      1) { cat "$work/out"; ( diff_$n ); } >"$work/still" 2>&1 3>&- 4<&- 9>&-; mv "$work/still" "$work/out"; fail ${PHASE.still} 1 ;;
      *) fail ${PHASE.check} 2 ;;
    esac
  }

  # Which invocation of a unit had not read the change. Until this is known, its handler runs in any case.
  note() {
    notify=''
    eval "notify=\$notify_$n"
    for h in $notify; do note_$h; done
  }

  fail() {
    settle ${SAYS.failed} $n "$@" "$(printed)"
    failed=1 foundation='' roles=''
    eval "foundation=\$foundation_$n roles=\$roles_$n"
    [ "$foundation" = 0 ] || broken=$n
    for role in $roles; do eval "[ -n \"\$broken_$role\" ] || broken_$role=$n"; done
  }`;
