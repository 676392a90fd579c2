import { sh } from "../../template/shell.ts";

/**
 * Shell functions that look at free space. `room PLACE MIB INODES` fails and says so if there is less. A full disk is
 * rarely what programs speak of: with /tmp full apt complains of signatures. A file system without a table of inodes, such
 * as btrfs, has 0 of 0.
 */
export const room = sh`
  room() {
    place=$1
    while [ ! -e "$place" ]; do place=$(dirname "$place"); done
    df -k --output=avail,itotal,iavail "$place" 2>/dev/null |
      awk -v place="$1" -v mib="$2" -v inodes="$3" '
        NR == 2 && (($1 ~ /^[0-9]/ && $1 < mib * 1024) || ($2 > 0 && $3 < inodes)) {
          printf "%s: found %d MiB and %s inodes free; expected at least %d MiB and %d inodes. Make room there, then run again.\n",
            place, $1 / 1024, ($2 > 0 ? $3 : "enough"), mib, inodes
          short = 1
        }
        END { exit short }'
  }

  # What a resource printed. If it printed nothing, perhaps there was no room for it.
  printed() {
    if [ ! -s "$work/out" ] && ! lacking=$(room "$run" 1 1); then
      printf '%s\n' "$lacking" | base64 -w0
    else
      encoded "$work/out"
    fi
  }`;
