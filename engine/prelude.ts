import { SHOWN } from "./events.ts";
import { sh } from "./shell.ts";

/**
 * The part of every program that does not depend on its resources. File descriptors: 3 events to the control machine,
 * 4 what it sends (blobs), 9 the lock. What resources print goes to a file of the work directory, so that a lost
 * connection ends the program at the next event, between two resources and never inside one.
 */
export const prelude = sh`
  set -u
  umask 022
  export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  exec 3>&1 4<&0 1>&2 0</dev/null
  run=/run/quintet
  pending=/var/lib/quintet/pending
  dirty=0

  say() { printf '%s\n' "$*" >&3 || exit 141; }
  encoded() { tail -c ${SHOWN} "$1" | base64 -w0; }

  open() {
    [ -d "$run" ] || (umask 077; mkdir -p "$run")
    if [ "$mode" = apply ]; then
      [ -d "$pending" ] || (umask 077; mkdir -p "$pending")
      lock
    fi
    work=$run/work.$$
    rm -rf "$work"
    mkdir -m 0700 "$work" || exit 3
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' HUP INT TERM
    trap 'exit 141' PIPE
  }

  lock() {
    exec 9>>"$run/lock"
    if ! flock -n 9; then
      say busy "$(encoded "$run/holder")"
      flock -w "$lock_wait" 9 || { say locked "$(encoded "$run/holder")"; exit 5; }
    fi
    printf '%s' "$who" >"$run/holder"
    for old in "$run"/work.*; do
      kill -0 "\${old##*.}" 2>/dev/null || rm -rf "$old"
    done
  }

  settle() {
    eval "state_$2=$1"
    say "$@"
  }

  converge() {
    n=$1
    [ "$dirty" = 0 ] || relook_$n
    is_$n
    differs=$?
    if [ "$mode" = check ]; then foresee; else ensure; fi
  }

  foresee() {
    waits='' needs='' certain='' notify=''
    eval "needs=\$needs_$n certain=\$certain_$n notify=\$notify_$n"
    for need in $needs; do
      eval "case \$state_$need in changed|unknown) waits=$need ;; esac"
    done
    if [ -n "$waits" ] && { [ $certain = 0 ] || [ $differs -gt 1 ]; }; then
      settle unknown $n $waits
    elif [ $differs = 0 ]; then
      settle ok $n
    elif [ $differs = 1 ]; then
      for h in $notify; do eval "due_$h=1"; done
      ( diff_$n ) >"$work/diff" 2>&1 3>&- 4<&-
      settle changed $n "$(encoded "$work/diff")"
    else
      settle failed $n check $differs "$(encoded "$work/out")"
    fi
  }

  ensure() {
    case $differs in
      0) settle ok $n; return ;;
      1) ;;
      *) fail check $differs ;;
    esac
    prepare
    ( set -eu; apply_$n ) >"$work/out" 2>&1 3>&- 4<&-
    code=$?
    dirty=1
    [ $code = 0 ] || fail apply $code
    verify
  }

  prepare() {
    notify='' left=0
    eval "notify=\$notify_$n left=\$patience_$n"
    for h in $notify; do mark_$h; done
    ready
    ( diff_$n ) >"$work/diff.$n" 2>&1 3>&- 4<&-
    say start $n
    receive_$n || fail apply 1
  }

  verify() {
    relook_$n
    is_$n
    case $? in
      0) settle changed $n "$(encoded "$work/diff.$n")" ;;
      1) { cat "$work/out"; ( diff_$n ); } >"$work/still" 2>&1 3>&- 4<&-; mv "$work/still" "$work/out"; fail still 1 ;;
      *) fail check 2 ;;
    esac
  }

  fail() {
    settle failed $n "$@" "$(encoded "$work/out")"
    exit 3
  }

  ready() {
    told=
    while [ "$left" -gt 0 ]; do
      ( set -eu; until_$n ) >"$work/out" 2>&1 3>&- 4<&-
      code=$?
      [ $code != 0 ] || return 0
      reason=x$(encoded "$work/out")
      [ "$reason" = "$told" ] || say waiting $n "\${reason#x}"
      told=$reason
      left=$((left - 1))
      sleep 1
    done
    [ -z "$told" ] || fail wait $code
  }

  receive() {
    blob=$work/blob
    say need $n "$1"
    head -c "$2" <&4 >"$blob"
    printf '%s  %s\n' "$1" "$blob" | sha256sum -c --status && return
    echo "what arrived is not the archive that was announced: expected $2 bytes with SHA-256 $1" >"$work/out"
    return 1
  }

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
        0) settle ok $n ;;
        1) todo="$todo $n"; args="$args $(args_$n)" ;;
        *) fail check 2 ;;
      esac
    done
    [ -n "$todo" ] || return 0
    for n in $todo; do prepare; done
    ( set -efu; together_$kind $args ) >"$work/out" 2>&1 3>&- 4<&-
    code=$?
    dirty=1
    [ $code = 0 ] || fail apply $code
    for n in $todo; do verify; done
  }

  flush() {
    h=$1
    if [ "$mode" = check ]; then
      foretell
      return
    fi
    due_mark_$h || return 0
    say handling $h
    since=$(since_$h)
    ( set -eu; handler_$h ) >"$work/out" 2>&1 3>&- 4<&-
    code=$?
    dirty=1
    if [ $code != 0 ]; then
      say unhandled $h $code "$(encoded "$work/out")"
      exit 3
    fi
    unmark_$h
    say handled $h
  }

  # due_N: 0 look for the mark of an earlier run, 1 notified in this one, 2 told.
  foretell() {
    due=0
    eval "due=\$due_$h"
    [ $due = 1 ] || { [ $due = 0 ] && due_mark_$h; } || return 0
    eval "due_$h=2"
    say due $h
  }

  finish() {
    [ "$mode" = check ] || logger -t quintet -- "$who: done" || :
    say finished
  }`;
