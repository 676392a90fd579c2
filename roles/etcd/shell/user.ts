import { sh } from "../../../engine/index.ts";

/** Shell function `user NAME ROLE`: there is such a user, with this role alone. Needs `ctl`, `among` and "$users". */
export const USER = sh`
  user() {
    if among "$1" "$users"; then
      [ "$(ctl user get "$1" | sed -n 's/^Roles: *//p')" != "$2" ] || return 0
      # etcd keeps its user root, and this run is the other one. More roles give them no more.
      [ "$2" = root ] || { ctl user delete "$1"; ctl user add "$1" --no-password; }
    else
      ctl user add "$1" --no-password
    fi
    ctl user grant-role "$1" "$2"
  }`;
