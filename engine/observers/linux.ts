import type { Observer } from "../model/observation.ts";
import { sh } from "../template/shell.ts";

/** Type, owner, group, mode and link target: `f:root:root:644:`. */
export const path: Observer = {
  name: "path",
  gather: sh`find "$@" -maxdepth 0 -printf 'path\t%p\t%y:%u:%g:%m:%l\n' 2>/dev/null`,
};

/** SHA-256 of a file's content. `-z` keeps sha256sum from escaping backslashes in file names. */
export const sha256: Observer = {
  name: "sha256",
  gather: sh`
    set -f
    IFS=$newline
    for line in $(sha256sum -z -- "$@" 2>/dev/null | tr '\0' '\n'); do
      printf 'sha256\t%s\t%s\n' "\${line#*  }" "\${line%%  *}"
    done
    unset IFS
    set +f`,
};

/** State and version of a Debian package, on hold or not: `installed 1.26.3-3`. */
export const dpkg: Observer = {
  name: "dpkg",
  gather: sh`dpkg-query -W -f 'dpkg\t\${Package}\t\${db:Status-Status} \${Version}\n' "$@" 2>/dev/null`,
};

/** What somebody wants a package to be: `install`, `hold`, `deinstall` or `purge`. */
export const dpkgWant: Observer = {
  name: "dpkgwant",
  gather: sh`dpkg-query -W -f 'dpkgwant\t\${Package}\t\${db:Status-Want}\n' "$@" 2>/dev/null`,
};

/** Whether dpkg came to its end whenever it ran: `whole`, `interrupted`, or `incomplete` for packages that are half installed. */
export const dpkgState: Observer = {
  name: "dpkgstate",
  gather: sh`
    set -- /var/lib/dpkg/updates/[0-9]*
    if [ -e "$1" ]; then
      state=interrupted
    elif grep -qE '^Status: [^ ]+ (reinstreq|[^ ]+ (half-|unpacked|triggers-))' /var/lib/dpkg/status; then
      state=incomplete
    else
      state=whole
    fi
    printf 'dpkgstate\tdatabase\t%s\n' "$state"`,
};

/** Account: `name:x:uid:gid:comment:home:shell`. */
export const passwd: Observer = {
  name: "passwd",
  gather: sh`getent passwd -- "$@" | while IFS= read -r line; do printf 'passwd\t%s\t%s\n' "\${line%%:*}" "$line"; done`,
};

/** Group and its members: `name:x:gid:member,member`. */
export const group: Observer = {
  name: "group",
  gather: sh`getent group -- "$@" | while IFS= read -r line; do printf 'group\t%s\t%s\n' "\${line%%:*}" "$line"; done`,
};

/**
 * A kernel setting as it is now, with spaces for the kernel's tabs. Read by awk and not by `read`: dash reads byte by
 * byte, and for most settings the kernel returns nothing after the first read.
 */
export const sysctl: Observer = {
  name: "sysctl",
  gather: sh`
    awk 'BEGIN {
      for (i = 1; i < ARGC; i++) {
        file = ARGV[i]
        gsub(/\./, "/", file)
        found = ""
        getline found <("/proc/sys/" file)
        gsub(/\t/, " ", found)
        printf "sysctl\t%s\t%s\n", ARGV[i], found
      }
    }' "$@" 2>/dev/null`,
};

/**
 * Whether a line is in a file. Arguments: key, file, instead, line. `so` if the line is there once and no line matches
 * the pattern `instead`. One awk reads all files. If it refuses a pattern, awk runs once for each line, and the file
 * "$work/refused" tells the resource's own check.
 */
export const line: Observer = {
  name: "line",
  gather: sh`
    program='BEGIN {
      for (i = 1; i < ARGC; i += 4) {
        found = 0
        while ((got = (getline text <ARGV[i + 1])) > 0)
          if (text == ARGV[i + 3]) found++
          else if (ARGV[i + 2] != "" && text ~ ARGV[i + 2]) found += 2
        close(ARGV[i + 1])
        printf "line\t%s\t%s\n", ARGV[i], got < 0 ? "cannot tell" : found == 1 ? "so" : "otherwise"
      }
    }'
    awk "$program" "$@" 2>/dev/null || {
      : >"$work/refused"
      while [ $# -gt 0 ]; do
        awk "$program" "$1" "$2" "$3" "$4" 2>/dev/null || printf 'line\t%s\tcannot tell\n' "$1"
        shift 4
      done
    }`,
};
