import { type Blob, resource } from "../model/resource.ts";
import { dpkg } from "../observers/linux.ts";
import { sh } from "../template/shell.ts";
import { aptIsFree, FRESH_LISTS } from "./apt-get.ts";
import { ROOM_FOR_APT } from "./apt-room.ts";
import { TRANSACTION } from "./transaction.ts";

export interface DebOptions {
  /** The package's file, from the control machine. */
  archive: Blob;
  version: string;
}

/**
 * A Debian package of exactly this version, from a file that the control machine has kept: the mirror may have it no more. What it needs
 * has to be there, or come from the mirror. As with `apt`, no service is started and no other package removed.
 */
export const deb = resource<DebOptions>("deb", (name, { archive, version }) => ({
  certain: true,
  brings: ["accounts", "packages"],
  first: true,
  blob: archive,
  expects: [{ observe: { observer: dpkg, key: name }, is: `installed ${version}`, label: "package" }],
  waits: { seconds: 900, until: aptIsFree },
  apply: sh`
    ${TRANSACTION}
    ${ROOM_FOR_APT}
    ${FRESH_LISTS}
    mv "$blob" "$work/kept.deb"
    trap 'rm -f "$work/kept.deb"' EXIT
    sort_out "$work/kept.deb"
    get $transaction || {
      [ -n "$(dpkg --audit)" ] || exit 1
      get $transaction
    }`,
}));
