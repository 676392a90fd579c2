import { resource } from "../model/resource.ts";
import { dpkgState } from "../observers/linux.ts";
import { sh } from "../template/shell.ts";
import { APT, aptIsFree } from "./apt-get.ts";

/**
 * The package database of a host: no installation was broken off, by a power cut or a killed dpkg. What was left half-way is
 * taken up before other packages are installed, and as they are: configurations stay, and no service is started by it.
 */
export const dpkg = resource<object>("dpkg", () => ({
  certain: true,
  first: true,
  brings: ["accounts", "packages"],
  expects: [{ observe: { observer: dpkgState, key: "database" }, is: "whole", label: "packages" }],
  waits: { seconds: 900, until: aptIsFree },
  apply: sh`
    ${APT}
    dpkg --force-confold --force-confdef --configure -a || echo 'dpkg could not configure all; apt is to mend the rest'
    # Half unpacked ones have to be unpacked again: dpkg marks them.
    again=$(dpkg-query -W -f '\${Package} \${db:Status-Eflag}\n' | awk '$2 == "reinstreq" { print $1 }')
    [ -z "$again" ] || { apt update && apt --reinstall install $again; }
    apt --fix-broken install`,
}));
