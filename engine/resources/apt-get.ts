import { sh } from "../template/shell.ts";

/**
 * Shell that defines `apt`: apt-get that asks nothing, keeps configurations as they are, and starts no service (QUINTET_RUN is
 * what the base role's policy-rc.d looks for).
 */
export const APT = sh`
  export DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none QUINTET_RUN=1
  apt() {
    apt-get -q -y -o Acquire::Retries=3 -o Acquire::http::Timeout=20 -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
      -o APT::Get::AutomaticRemove=false -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-confdef "$@"
  }`;

/** Shell that reads the mirrors' lists, once a run. */
export const FRESH_LISTS = sh`
  [ -e "$work/apt-fresh" ] || apt -o APT::Update::Error-Mode=any update
  : >"$work/apt-fresh"`;

/** Shell that fails while another program uses dpkg or apt, and says which. /proc/locks lists POSIX locks by inode. */
export const aptIsFree = sh`
  for lock in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock; do
    [ -e "$lock" ] || continue
    inode=$(stat -c %i "$lock")
    holder=$(sed -n "s/.* WRITE \([0-9]*\) [0-9a-f:]*:$inode .*/\1/p" /proc/locks | head -n 1)
    [ -z "$holder" ] || {
      echo "the package manager's lock $lock, held by process $holder ($(cat "/proc/$holder/comm" 2>/dev/null || echo 'of another namespace'))"
      exit 1
    }
  done`;
