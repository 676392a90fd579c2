import { resource, sh } from "../../../engine/index.ts";
import { manager, WHY } from "../../failover/manager.ts";
import { PROGRAM } from "../../failover/places.ts";

/** What it brings: the manager opens the primary, and the other databases follow it. */
export const PRIMARY = "a primary";

const KNOWN = sh`${manager("ask")} | grep -q 'is the primary'`;

/** A store that knows who the primary is. The first run says so; from then on the managers do. */
export const seeded = resource<object>("seeded", (primary) => ({
  certain: true,
  brings: [PRIMARY],
  check: sh`
    [ -e ${`${PROGRAM}/current/failover.mjs`} ] || exit 1
    ${KNOWN} || exit 1`,
  waits: {
    seconds: 600,
    until: sh`
      ${manager("ask")} >/dev/null && exit 0
      echo "the store, which is to know who the primary is: $(${WHY})"
      exit 1`,
  },
  apply: sh`
    term=$(mysql --no-defaults -NB -e 'SELECT COALESCE(MAX(term), 0) FROM quintet.failover' 2>/dev/null) || term=0
    ${manager("seed", primary)} "$term"`,
}));
