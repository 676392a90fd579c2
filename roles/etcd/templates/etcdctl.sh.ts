import { type Host, type Text, text } from "../../../engine/index.ts";
import { storeUrl } from "../../shared/store.ts";
import { TLS } from "../places.ts";

/** etcdctl as the store's root, for runs and for people. etcdctl refuses a flag whose variable is set, too. */
export default (members: readonly Host[]): Text => text`
  #!/bin/sh
  # Written by Quintet (role etcd); changes made here are overwritten.
  # etcdctl as the root of the store, with all its members: etcdctl member list. ETCDCTL_ENDPOINTS names others.
  set -eu
  : "\${ETCDCTL_ENDPOINTS:=${members.map(storeUrl).join(",")}}"
  : "\${ETCDCTL_CERT:=${TLS.root}}"
  : "\${ETCDCTL_COMMAND_TIMEOUT:=5s}"
  export ETCDCTL_API=3 ETCDCTL_ENDPOINTS ETCDCTL_CERT ETCDCTL_COMMAND_TIMEOUT
  export ETCDCTL_KEY="$ETCDCTL_CERT" ETCDCTL_CACERT=${TLS.authority}
  exec /usr/bin/etcdctl "$@"
`;
