import { resource } from "../model/resource.ts";
import { path } from "../observers/linux.ts";
import { sh } from "../template/shell.ts";
import { text } from "../template/text.ts";
import { mirrorOfTrixie } from "./apt-mirror.ts";

export interface AptSuiteOptions {
  /** The only packages that may come from it. */
  packages: readonly string[];
}

/**
 * A second suite of the Debian mirror that the machine uses already. Only the listed packages may come from it.
 * `Check-Valid-Until: no` applies to this suite only: a mirror may be a snapshot whose Release file has expired.
 */
export const aptSuite = resource<AptSuiteOptions>("aptSuite", (suite, { packages }) => {
  const list = `/etc/apt/sources.list.d/quintet-${suite}.sources`;
  const pins = `/etc/apt/preferences.d/quintet-${suite}`;
  const pinned = text`
    Package: *
    Pin: release n=${suite}
    Pin-Priority: -10

    Package: ${packages.join(" ")}
    Pin: release n=${suite}
    Pin-Priority: 500
  `;
  const source = text`
    Types: deb
    Suites: ${suite}
    Components: main
    Check-Valid-Until: no
    Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
  `;
  return {
    certain: true,
    first: true,
    expects: [list, pins].map((key) => ({
      observe: { observer: path, key },
      is: "f:root:root:644:",
      label: key,
    })),
    check: sh`
      sed '/^URIs: /d' ${list} | { printf %s ${source} | cmp -s - /dev/fd/3; } 3<&0 || exit 1
      printf %s ${pinned} | cmp -s - ${pins} || exit 1`,
    apply: sh`
      mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | ${mirrorOfTrixie})
      [ -n "$mirror" ] || { echo "found no Debian trixie in this machine's apt sources; expected it there, since its mirror is used for the second suite, too"; exit 1; }
      printf %s ${pinned} | install -T -m 0644 /dev/stdin ${`${pins}.new`}
      { echo "URIs: $mirror"; printf %s ${source}; } | install -T -m 0644 /dev/stdin ${`${list}.new`}
      mv -f ${`${pins}.new`} ${pins}
      mv -f ${`${list}.new`} ${list}`,
  };
});
