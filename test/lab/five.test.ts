import { afterAll, describe } from "vitest";
import { canRun, lab } from "./machines.ts";
import { acme } from "./stories/acme.ts";
import { birth } from "./stories/birth.ts";
import { drift } from "./stories/drift.ts";
import { elsewhere } from "./stories/elsewhere.ts";
import { fence } from "./stories/fence.ts";
import { growth } from "./stories/growth.ts";
import { locks } from "./stories/locks.ts";
import { papers } from "./stories/papers.ts";
import { power } from "./stories/power.ts";
import { six } from "./stories/six.ts";
import { trouble } from "./stories/trouble.ts";

// One after the other on the same machines: each story leaves the site as it found it, and bare machines are dear.
describe.skipIf(!canRun)("five real machines", { sequential: true }, () => {
  birth();
  drift();
  power();
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
