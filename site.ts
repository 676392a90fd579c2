import { play, site } from "./engine/index.ts";
import { base } from "./roles/base/index.ts";

export default site(play("all", [base()]));
