import { resource, sh, sha256Of } from "../../../engine/index.ts";
import { REACH } from "../../shared/closed.ts";
import { FAILOVER_KEYS } from "../../shared/store.ts";
import { ROOT } from "../certificates.ts";
import { PROGRAMS, SEAL } from "../places.ts";
import { USER } from "../shell/user.ts";
import { says } from "../store.ts";

/**
 * Who may do what in the store: its root everything, these clients the keys of the failover, everybody else nothing. A
 * client is known by its certificate, so no user has a password. etcd wants a user `root`: no certificate is for it.
 */
export const access = resource<{ clients: readonly string[] }>("access", (_name, { clients }) => {
  const wanted = sha256Of([FAILOVER_KEYS, ROOT, ...clients].join("\n"));
  return {
    expects: [
      {
        observe: says("access"),
        is: wanted,
        label: "users and roles",
        pending: [{ on: REACH, shows: ["''"] }],
      },
    ],
    apply: sh`
      ctl() { ${PROGRAMS.ctl} "$@"; }
      among() { printf '%s\n' "$2" | grep -qxF -e "$1"; }
      roles=$(ctl role list)
      for role in $roles; do
        [ "$role" = root ] || [ "$role" = failover ] || ctl role delete "$role"
      done
      among root "$roles" || ctl role add root
      if among failover "$roles" && ctl role get failover | grep '\[' | grep -qvF ${`(prefix ${FAILOVER_KEYS})`}; then
        ctl role delete failover
        roles=
      fi
      among failover "$roles" || ctl role add failover
      ctl role grant-permission failover readwrite --prefix ${FAILOVER_KEYS}

      users=$(ctl user list)
      ${USER}
      for name in root ${ROOT}; do user "$name" root; done
      for name in ${clients}; do user "$name" failover; done
      for name in $users; do
        among "$name" "$(printf '%s\n' root ${ROOT} ${clients})" || ctl user delete "$name"
      done
      ctl auth enable
      revision=$(ctl auth status | sed -n 's/^AuthRevision: *//p')
      printf '%s %s\n' ${wanted} "$revision" >${`${SEAL}.new`}
      mv -fT ${`${SEAL}.new`} ${SEAL}
      # This member hears of the last change a moment later than the one that was asked.
      sleep 0.2`,
  };
});
