import { expect, test } from "vitest";
import { z } from "zod";
import { play, role, site } from "../../engine/index.ts";
import { smoke } from "../../engine/smoke/smoke.ts";
import { inventoryOf } from "../helpers/plan-inputs.ts";
import { scratchProject } from "../helpers/scratch.ts";

const inventory = inventoryOf({ web: ["web-01"] });
const silent = role("silent", { summary: "", vars: z.object({}), resources: () => [] });
const asked = role("asked", {
  summary: "",
  vars: z.object({}),
  resources: () => [],
  smokeTests: () => [
    { name: "it is well", run: async () => "yes" },
    { name: "it comes back", disturbs: true, run: async () => Promise.reject(new Error("it did not")) },
  ],
});

test("asks what roles promise, what disturbs last, and says what was seen", async () => {
  scratchProject();
  const told: string[] = [];
  const options = { inventory, site: site(play("web", [asked(), silent()])) };
  const results = await smoke(options, ({ name, passed, detail }) =>
    told.push(`${name}: ${passed}, ${detail}`),
  );
  expect(told).toEqual(["it is well: true, yes", "it comes back: false, it did not"]);
  expect(results).toHaveLength(2);
});

test.each([
  [
    "a role without smoke tests",
    { roles: ["silent"] },
    /^--role silent: found no smoke test; expected a role with one: asked$/,
  ],
  ["one of two roles", { roles: ["asked", "silent"] }, /^--role silent: found no smoke test/],
  [
    "a site without smoke tests",
    { site: site(play("web", [silent()])) },
    /^this site: found no smoke test; expected .*none has$/,
  ],
])("nothing is called well of which nothing is asked: %s", async (_, more, message) => {
  scratchProject();
  const options = { inventory, site: site(play("web", [asked(), silent()])), ...more };
  await expect(smoke(options, () => undefined)).rejects.toThrow(message);
});
