import { resource, sh } from "../../../engine/index.ts";
import { CONFIGURED } from "../shell/configured.ts";
import { expression } from "../sql.ts";

/** Opens the primary for writes; commits wait until a replica has them. No other machine may open: see topology.ts. */
export const opened = resource<{ script: string }>("opened", (_name, { script }) => ({
  expects: [
    {
      observe: expression(
        "open",
        "SELECT CONCAT_WS(' ', @@GLOBAL.super_read_only, @@GLOBAL.rpl_semi_sync_source_enabled)",
      ),
      is: "0 1",
      label: "super_read_only, semi-sync source",
    },
  ],
  apply: sh`
    ${CONFIGURED}
    ${script} open`,
}));
