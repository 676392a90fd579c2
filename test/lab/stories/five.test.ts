import { afterAll, describe } from "vitest";
import { canRun, lab } from "../machines.ts";
import { acme } from "./acme.ts";
import { address } from "./address.ts";
import { birth } from "./birth.ts";
import { drift } from "./drift.ts";
import { elsewhere } from "./elsewhere.ts";
import { fence } from "./fence.ts";
import { growth } from "./growth.ts";
import { handlers } from "./handlers.ts";
import { locks } from "./locks.ts";
import { papers } from "./papers.ts";
import { power } from "./power.ts";
import { six } from "./six.ts";
import { trouble } from "./trouble.ts";

// The stories run one after the other on the same machines, because making bare machines takes long. Each story leaves
// the site as it found it.
describe.skipIf(!canRun)("five real machines", { sequential: true }, () => {
  birth();
  drift();
  handlers();
  power();
  address();
  trouble();
  elsewhere();
  fence();
  locks();
  papers();
  acme();
  growth();
  six();
  afterAll(() => lab.down());
});
