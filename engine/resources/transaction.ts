import { sh } from "../template/shell.ts";
import { PRESENT, REMOVALS } from "./removals.ts";

/** Shell functions for a transaction: `NAME` or `NAME=VERSION` is to be installed, `!NAME` may be removed for it. */
export const TRANSACTION = sh`
  ${REMOVALS}
  ${PRESENT}

  sort_out() {
    wanted='' may_go='' transaction=''
    for word in "$@"; do
      case $word in
        !*) may_go="$may_go $(present "\${word#!}")" ;;
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
      echo "\${one%%=*}"
      return
    done
  }`;
