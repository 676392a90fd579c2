import { resource, sh } from "../../../engine/index.ts";
import { WHY } from "../../failover/manager.ts";
import { expression } from "../../mysql/sql.ts";
import { PRIMARY } from "./seeded.ts";

const OPEN = "SELECT @@GLOBAL.read_only = 0 AND @@GLOBAL.super_read_only = 0";

/** A primary that takes writes. Its manager opens it; a run waits for that. */
export const opened = resource<object>("opened", () => ({
  expects: [
    {
      observe: expression("open", OPEN),
      is: "1",
      label: "takes writes",
      pending: [{ on: PRIMARY, shows: ["''", "0"] }],
    },
  ],
  waits: {
    seconds: 120,
    until: sh`
      [ "$(mysql --no-defaults -NB --connect-timeout=5 -e ${OPEN} 2>&1)" != 1 ] || exit 0
      echo "the manager to open this primary: $(${WHY})"
      exit 1`,
  },
  apply: sh`:`,
}));
