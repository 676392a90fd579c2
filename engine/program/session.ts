import { type Shell, sh } from "../template/shell.ts";
import { SAYS } from "./protocol.ts";

/** What the control machine may say to a session. A line that does not begin with the session's marker is none. */
export type Instruction = "alive" | "free" | `lock ${number}` | `run ${number}`;

/** Seconds of silence after which a session ends, and frees its lock: the control machine is gone, or cut off. */
export const SILENCE = 60;

/**
 * The program of a session, which runs on a host for as long as a run does. It holds the lock of the host, and takes
 * instructions on stdin: `lock SECONDS` waits so long for another run to end, `free` gives the lock back, `run BYTES` runs a
 * packed program that follows and tells its exit code, `alive` only breaks the silence. `$0` is the marker. Programs
 * inherit the lock, so that it is not free while one still works after its session was killed. What they start does not.
 */
export function sessionOf(who: string): Shell {
  return sh`
    export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    run=/run/quintet
    who=${who}

    instruction() {
      timeout ${SILENCE} sh -c '
        while IFS= read -r line; do
          case $line in "$0 alive") exit 0 ;; "$0 "*) printf "%s\n" "\${line#"$0 "}"; exit 0 ;; esac
        done
        exit 1' "$0"
    }

    holder() { tail -c 1024 "$run/holder" 2>/dev/null | base64 -w0; }

    lock() {
      if [ -z "\${opened:-}" ]; then
        [ -d "$run" ] || (umask 077; mkdir -p "$run")
        exec 9>>"$run/lock" || exit 3
        opened=1
      fi
      if ! flock -n 9; then
        echo "${SAYS.busy} $(holder)"
        flock -w "$1" 9 || { echo "${SAYS.locked} $(holder)"; return; }
      fi
      printf '%s' "$who" >"$run/holder"
      echo ${SAYS.held}
    }

    while instruction=$(instruction); do
      case $instruction in
        lock*) lock "\${instruction#lock }" ;;
        free) flock -u 9 ;;
        run*)
          packed=$(head -c "\${instruction#run }" | gzip -dc) && (eval "$packed")
          printf '\n%s %s\n' ${SAYS.ended} $?
          ;;
      esac
    done`;
}
