import { reload, sh } from "../../engine/index.ts";
import { manager } from "../failover/manager.ts";
import { FILE } from "./templates/variables.sql.ts";

/** Shell that restarts MySQL: where there is a manager, in turn, and a primary hands over before that. */
export const RESTART = sh`
  if systemctl is-active --quiet failover; then ${manager("restart")}; else systemctl restart mysql; fi`;

/** What its file gives is compared by `variables`, which restarts nothing that it need not. */
export const restart = reload("mysql", "restart", { except: [FILE], run: RESTART });
