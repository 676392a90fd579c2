# shellcheck shell=sh disable=SC2034 # numbered variables are read by eval
mode=apply who='someone'\''s run'
# (the prelude)
gather_dpkg() {
dpkg-query -W -f 'dpkg\t${Package}\t${db:Status-Status} ${Version}\n' "$@" 2>/dev/null
}
gather_sha256() {
set -f
IFS=$newline
for line in $(sha256sum -z -- "$@" 2>/dev/null | tr '\0' '\n'); do
  printf 'sha256\t%s\t%s\n' "${line#*  }" "${line%%  *}"
done
unset IFS
set +f
}
gather_path() {
find "$@" -maxdepth 0 -printf 'path\t%p\t%y:%u:%g:%m:%l\n' 2>/dev/null
}
assign() {
  set -f
  IFS=$newline
  for line in $1; do
    observer=${line%%	*} line=${line#*	}
    key=${line%%	*} value=${line#*	}
    case "$observer $key" in
      'dpkg nginx') seen_0=$value ;;
'sha256 /etc/motd') seen_1=$value ;;
'path /etc/motd') seen_2=$value ;;
      *) ;;
    esac
  done
  unset IFS
  set +f
}
observe() {
seen_0=
seen_1=
seen_2=
assign "$(
gather_dpkg nginx
gather_sha256 /etc/motd
gather_path /etc/motd)"
}
foresee_apt() {
export DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none QUINTET_RUN=1
apt() {
  apt-get -q -y -o Acquire::Retries=3 -o Acquire::http::Timeout=20 -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
    -o APT::Get::AutomaticRemove=false -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-confdef "$@"
}

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
}
present() {
  dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
    awk '$1 != "not-installed" && $1 != "config-files" { print $2 }'
}

sort_out() {
  wanted='' may_go='' transaction=''
  for word in "$@"; do
    case $word in
      !*) may_go="$may_go $(present "${word#!}")" ;;
      *) wanted="$wanted $word" ;;
    esac
  done
  # For the base role's policy-rc.d: what is removed stops its service. Otherwise it would run on without its files.
  export QUINTET_REPLACED="$may_go"
  for one in $may_go; do transaction="$transaction $one-"; done
  transaction="$wanted$transaction"
}

# Nobody is asked before a removal: apt refuses it, unless a role has named what may go.
get() {
  if [ -z "$may_go" ]; then set -- "$@" --no-remove; fi
  apt --no-install-recommends --allow-downgrades install "$@"
}

refuse_unasked() {
  others=$(unasked simulated $transaction) || others=
  for gone in $others; do
    cause=$(cause_of "$gone")
    if [ -n "$cause" ]; then
      echo "apt would remove $gone, which is on this host, to install $cause; expected no removal that a role does not name. If $gone may go, write in the role: apt(\"$cause\", { replaces: \"$gone\" }). Otherwise take $cause out of it. No package has been installed or removed."
    else
      echo "apt would remove $gone, which is on this host, because it needs what a role replaces:$may_go; expected no removal that a role does not name. If $gone may go, name it there, too. No package has been installed or removed."
    fi
  done
  [ -z "$others" ]
}

simulated() { apt --no-install-recommends --allow-downgrades install "$@"; }

cause_of() {
  for one in $wanted; do
    would_remove simulated "$one" | grep -qxF -- "$1" || continue
    echo "${one%%=*}"
    return
  done
}
lacking=$(
  room /tmp 8 100 || :
room /run 1 100 || :
room /var/lib/apt/lists 64 100 || :
room /var/cache/apt 64 100 || :
room /var/lib/dpkg 16 500 || :
room /usr 64 1000 || :
)
[ -z "$lacking" ] || { echo "$lacking"; exit 1; }
sort_out "$@"
refuse_unasked
}
together_apt() {
export DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none QUINTET_RUN=1
apt() {
  apt-get -q -y -o Acquire::Retries=3 -o Acquire::http::Timeout=20 -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
    -o APT::Get::AutomaticRemove=false -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-confdef "$@"
}

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
}
present() {
  dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
    awk '$1 != "not-installed" && $1 != "config-files" { print $2 }'
}

sort_out() {
  wanted='' may_go='' transaction=''
  for word in "$@"; do
    case $word in
      !*) may_go="$may_go $(present "${word#!}")" ;;
      *) wanted="$wanted $word" ;;
    esac
  done
  # For the base role's policy-rc.d: what is removed stops its service. Otherwise it would run on without its files.
  export QUINTET_REPLACED="$may_go"
  for one in $may_go; do transaction="$transaction $one-"; done
  transaction="$wanted$transaction"
}

# Nobody is asked before a removal: apt refuses it, unless a role has named what may go.
get() {
  if [ -z "$may_go" ]; then set -- "$@" --no-remove; fi
  apt --no-install-recommends --allow-downgrades install "$@"
}

refuse_unasked() {
  others=$(unasked simulated $transaction) || others=
  for gone in $others; do
    cause=$(cause_of "$gone")
    if [ -n "$cause" ]; then
      echo "apt would remove $gone, which is on this host, to install $cause; expected no removal that a role does not name. If $gone may go, write in the role: apt(\"$cause\", { replaces: \"$gone\" }). Otherwise take $cause out of it. No package has been installed or removed."
    else
      echo "apt would remove $gone, which is on this host, because it needs what a role replaces:$may_go; expected no removal that a role does not name. If $gone may go, name it there, too. No package has been installed or removed."
    fi
  done
  [ -z "$others" ]
}

simulated() { apt --no-install-recommends --allow-downgrades install "$@"; }

cause_of() {
  for one in $wanted; do
    would_remove simulated "$one" | grep -qxF -- "$1" || continue
    echo "${one%%=*}"
    return
  done
}
lacking=$(
  room /tmp 8 100 || :
room /run 1 100 || :
room /var/lib/apt/lists 64 100 || :
room /var/cache/apt 64 100 || :
room /var/lib/dpkg 16 500 || :
room /usr 64 1000 || :
)
[ -z "$lacking" ] || { echo "$lacking"; exit 1; }
[ -e "$work/apt-fresh" ] || apt -o APT::Update::Error-Mode=any update
: >"$work/apt-fresh"
sort_out "$@"
[ -z "$may_go" ] || refuse_unasked
get $transaction || {
  refuse_unasked
  [ -n "$(dpkg --audit)" ] || exit 1
  echo 'A package is unpacked, but its own script failed; trying that once more.'
  get $transaction
}
}
observe_apt() {
seen_0=
assign "$(gather_dpkg nginx)"
}
broken_0=
# apt[nginx]
observe_0() {
seen_0=
assign "$(gather_dpkg nginx)"
}
is_0() {
case "$seen_0" in 'installed '*) ;; *) false ;; esac || return 1
return 0
}
why_0() {
case "$seen_0" in 'installed '*) ;; *) false ;; esac || printf '%s: %s -> %s\n' package "${seen_0:-absent}" 'installed *'
:
}
diff_0() {
why_0
:
}

args_0() {
echo nginx
}
needs_0='' notify_0=''
certain_0=1 ready_0=900 brings_0='accounts packages'
until_0() {
for lock in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock; do
  [ -e "$lock" ] || continue
  inode=$(stat -c %i "$lock")
  holder=$(sed -n "s/.* WRITE \([0-9]*\) [0-9a-f:]*:$inode .*/\1/p" /proc/locks | head -n 1)
  [ -z "$holder" ] || {
    echo "the package manager's lock $lock, held by process $holder ($(cat "/proc/$holder/comm" 2>/dev/null || echo 'of another namespace'))"
    exit 1
  }
done
}
receive_0() {
:
}
trial_0() {
:
}

roles_0=0 foundation_0=0
# file[/etc/motd]
observe_1() {
seen_1=
seen_2=
assign "$(
gather_sha256 /etc/motd
gather_path /etc/motd)"
}
bringer_accounts=
is_1() {
[ "$seen_1" = db09376aad53020af913b8c1545c1f9353b776fc7a543130bba1d40ca033e4b3 ] || return 1
[ "$seen_2" = f:root:root:600: ] || {
  case "$seen_2" in f:[0-9]*:root:600: | f:root:[0-9]*:600: | f:[0-9]*:[0-9]*:600:) awaits="$awaits accounts" ;; esac
return 1
}
return 0
}
why_1() {
[ "$seen_2" = f:root:root:600: ] || printf '%s: %s -> %s\n' is "${seen_2:-absent}" f:root:root:600:
:
}
diff_1() {
why_1
echo 'the content differs; it holds a secret and is not shown'
}
content_1() {
printf %s 'password = [secret PASSWORD]
'
}
apply_1() {
[ -d /etc ] || (umask 022; mkdir -p /etc)
next=/etc/.motd.quintet
trap 'rm -f "$next"' EXIT
content_$n | install -T -o root -g root -m 0600 /dev/stdin "$next"
grep -q password "$next"
sync -d "$next"
mv -fT "$next" /etc/motd
trap - EXIT
}
needs_1='' notify_1=0
certain_1=1 ready_1=0 brings_1=''
until_1() {
:
}
receive_1() {
:
}
trial_1() {
:
}

roles_1=0 foundation_1=0
# command[once]
observe_2() {
:
}
is_2() {
( set -eu
[ -e /once ] || exit 1
) >"$work/out" 2>&1 3>&- 4<&- 9>&-
}
why_2() {
:
}
diff_2() {
why_2
:
}

apply_2() {
touch /once
}
needs_2=1 notify_2=''
certain_2=0 ready_2=0 brings_2=''
until_2() {
:
}
receive_2() {
:
}
trial_2() {
:
}

roles_2=0 foundation_2=0
due_0=0
mark_0() {
true >"$pending"/tell%20them
}
note_0() {
:
}
unmark_0() {
rm -f "$pending"/tell%20them
}
due_mark_0() {
[ ! -e "$pending"/tell%20them ] || return 0
return 1
}
marked_0() {
head -q -n 1 "$pending"/tell%20them 2>/dev/null | tail -n 1
}
watch_0() {
:
}
stale_0() {
return 1
}
reason_0() {
:
}
handler_0() {
wall </etc/motd
}
handler_role_0=0
known_mark() {
case $1 in 'tell%20them') ;; *) return 1 ;; esac
}
main() {
open
observe
together apt 0
converge 1
converge 2
flush 0
finish
}
main