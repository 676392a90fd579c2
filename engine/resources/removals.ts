import { sh } from "../template/shell.ts";
import { APT } from "./apt-get.ts";

/** What the observation of a package may show if the package is not on a host. */
export const NOT_INSTALLED = { is: "", or: ["not-installed *", "config-files *"], like: true } as const;

/** Shell that defines `present`: prints those of some packages that are on the host, also half installed. */
export const PRESENT = sh`
  present() {
    dpkg-query -W -f '\${db:Status-Status} \${Package}\n' "$@" 2>/dev/null |
      awk '$1 != "not-installed" && $1 != "config-files" { print $2 }'
  }`;

/** Shell that defines `apt`, and `unasked`: prints what such a call of apt would remove, without what `may_go` holds. */
export const REMOVALS = sh`
  ${APT}

  # A plan writes nothing: apt would write its cache, and a log of what it thought.
  would_remove() {
    if [ "$mode" = check ]; then set -- "$@" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=; fi
    "$@" -s -o Dir::Log::Planner=/dev/null >"$work/apt-plan" || return
    awk '$1 == "Remv" || $1 == "Purg" { print $2 }' "$work/apt-plan"
  }

  unasked() {
    would_remove "$@" >"$work/apt-removes" || return
    for gone in $(cat "$work/apt-removes"); do
      case " $may_go " in *" $gone "*) ;; *) echo "$gone" ;; esac
    done
  }`;
