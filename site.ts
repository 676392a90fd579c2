import { play, site } from "./engine/index.ts";
import { base } from "./roles/base/index.ts";
import { mysql } from "./roles/mysql/index.ts";
import { schema } from "./roles/schema/index.ts";

/** What the machines are, in order. Plays without a barrier between them go to a host as one program. */
export default site(play("all", [base()]), play("database", [mysql(), schema()]));
