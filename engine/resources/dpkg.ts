import { resource } from "../model/resource.ts";
import { dpkgState } from "../observers/linux.ts";
import { sh } from "../template/shell.ts";
import { aptIsFree } from "./apt-get.ts";
import { ROOM_FOR_APT } from "./apt-room.ts";
import { REMOVALS } from "./removals.ts";

/**
 * The package database of a host: no installation was broken off, by a power cut or a killed dpkg. What was left half-way is
 * taken up before other packages are installed, and as they are: configurations stay, and no service is started by it. What
 * was being removed goes. If apt would remove anything else to make the rest whole, it is left to the operator.
 */
export const dpkg = resource<object>("dpkg", () => ({
  certain: true,
  first: true,
  brings: ["accounts", "packages"],
  expects: [{ observe: { observer: dpkgState, key: "database" }, is: "whole", label: "packages" }],
  waits: { seconds: 900, until: aptIsFree },
  apply: sh`
    ${REMOVALS}
    ${ROOM_FOR_APT}
    carefully() {
      others=$(unasked apt "$@")
      [ -z "$others" ] || {
        echo "to make the packages whole, apt would remove $(echo $others); expected to remove none that nobody asked for. On this host, see what it would do with: apt-get -s $*. Do it there without -s, or install what is missing. Then run again."
        exit 1
      }
      apt "$@"
    }
    dpkg --force-confold --force-confdef --configure -a || echo 'dpkg could not configure all; apt is to mend the rest'
    may_go=$(dpkg-query -W -f '\${db:Status-Want} \${Package}\n' | awk '$1 ~ /^(deinstall|purge)$/ { printf "%s ", $2 }')
    # Half unpacked ones have to be unpacked again: dpkg marks them.
    again=$(dpkg-query -W -f '\${Package} \${db:Status-Eflag}\n' | awk '$2 == "reinstreq" { print $1 }')
    [ -z "$again" ] || { apt update && carefully --reinstall install $again; }
    carefully --fix-broken install`,
}));
