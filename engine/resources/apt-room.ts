import { lines, sh } from "../template/shell.ts";

/** Where apt and dpkg write, and how much must be free there: MiB and inodes. For archives and the rest apt counts itself. */
const PLACES: readonly [string, number, number][] = [
  // What apt checks signatures with, and what packages' own scripts put there. Mostly below 1 MiB.
  ["/tmp", 8, 100],
  // Services that are started and stopped, and what this program keeps.
  ["/run", 1, 100],
  // The index of a suite has 60 MB. A new one is written beside the old one.
  ["/var/lib/apt/lists", 64, 100],
  // The cache of all suites has 50 to 80 MB.
  ["/var/cache/apt", 64, 100],
  // The status of all packages is written anew for each step, and a package has about five small files.
  ["/var/lib/dpkg", 16, 500],
  // A package has some hundred files. If dpkg finds no room in the middle, the package is broken.
  ["/usr", 64, 1000],
];

/** Shell that fails if apt and dpkg have too little room, and says where. */
export const ROOM_FOR_APT = sh`
  lacking=$(
    ${lines(PLACES.map(([place, mib, inodes]) => sh`room ${place} ${mib} ${inodes} || :`))}
  )
  [ -z "$lacking" ] || { echo "$lacking"; exit 1; }`;
