import { afterAll, describe } from "vitest";
import { canRun, lab } from "../machines.ts";
import { acme } from "./acme.ts";
import { address } from "./address.ts";
import { birth } from "./birth.ts";
import { drift } from "./drift.ts";
import { elsewhere } from "./elsewhere.ts";
import { etcd } from "./etcd.ts";
import { fence } from "./fence.ts";
import { flood } from "./flood.ts";
import { growth } from "./growth.ts";
import { handlers } from "./handlers.ts";
import { locks } from "./locks.ts";
import { logs } from "./logs.ts";
import { moderation } from "./moderation.ts";
import { papers } from "./papers.ts";
import { passwords } from "./passwords.ts";
import { power } from "./power.ts";
import { six } from "./six.ts";
import { tracking } from "./tracking.ts";
import { trouble } from "./trouble.ts";
import { way } from "./way.ts";

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
  tracking();
  etcd();
  locks();
  moderation();
  logs();
  papers();
  passwords();
  way();
  flood();
  acme();
  growth();
  six();
  afterAll(() => lab.down());
});
