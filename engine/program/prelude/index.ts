import { lines, sh } from "../../template/shell.ts";
import { SHOWN } from "../protocol.ts";
import { converging } from "./converging.ts";
import { handling } from "./handling.ts";
import { opening } from "./opening.ts";
import { together } from "./together.ts";

/**
 * The part of every program that does not depend on its resources. File descriptors: 3 events to the control machine,
 * 4 what it sends (blobs, answers), 9 the lock. What resources print goes to a file of the work directory, so that a lost
 * connection ends the program at the next event, between two resources and never inside one.
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
    newline='
    '

    say() { printf '%s\n' "$*" >&3 || exit 141; }
    encoded() { tail -c ${SHOWN} "$1" | base64 -w0; }`,
  opening,
  converging,
  together,
  handling,
]);
