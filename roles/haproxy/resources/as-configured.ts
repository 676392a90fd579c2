import { type Observer, resource, sh } from "../../../engine/index.ts";
import { STRAYS } from "../shell/strays.ts";
import { FORGET } from "../templates/keep-states.ts";

const byHand: Observer = {
  name: "byhand",
  gather: sh`
    found=$(perl -e ${STRAYS})
    printf 'byhand\t%s\t%s\n' "$1" "\${found:-nothing}"`,
};

/** HAProxy as it is configured: what somebody has set over its socket is forgotten. True also if it does not run. */
export const asConfigured = resource("asConfigured", (name) => ({
  certain: true,
  expects: [
    {
      observe: { observer: byHand, key: name },
      is: "nothing",
      label: "set by hand",
      // A restart forgets it, too.
      pending: [{ on: `start ${name}.service`, shows: ["*"] }],
    },
  ],
  // A reload would keep what was set by hand. Old connections go on.
  apply: sh`
    : >${FORGET}
    systemctl reload haproxy
    for try in 1 2 3 4 5 6 7 8 9 10; do
      [ -n "$(perl -e ${STRAYS})" ] || exit 0
      sleep 0.5
    done`,
}));
