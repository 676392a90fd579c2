import { lines, sh } from "../../template/shell.ts";
import { SHOWN } from "../protocol.ts";
import { converging } from "./converging.ts";
import { handling } from "./handling.ts";
import { opening } from "./opening.ts";
import { room } from "./room.ts";
import { together } from "./together.ts";

/**
 * The part that is the same in every program. File descriptors: 3 for events to the control machine, 4 for what it
 * sends (blobs, answers), 9 for the session's lock; what resources start gets none of them. What they print goes to
 * files in the work directory. So if the connection is lost, the program ends at its next event: between two resources.
 */
export const prelude = lines([
  sh`
    set -u
    umask 022
    export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    exec 3>&1 4<&0 1>&2 0</dev/null
    run=/run/quintet
    pending=/var/lib/quintet/pending
    dirty=0
    failed=0
    broken=
    newline='
    '

    say() { printf '%s\n' "$*" >&3 || exit 141; }
    encoded() { tail -c ${SHOWN} "$1" | base64 -w0; }`,
  room,
  opening,
  converging,
  together,
  handling,
]);
