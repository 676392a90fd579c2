import { expect, test } from "vitest";
import type { Host } from "../../engine/model/inventory/index.ts";
import { workPatienceOf } from "../../engine/run/patience.ts";

test.each([
  ["twenty minutes", {}, 1_200_000],
  ["sixty times its own patience", { patience: 120 }, 7_200_000],
  ["not less than twenty minutes", { patience: 5 }, 1_200_000],
])("a host that works at a resource may say nothing for %s", (_, ssh, expected) => {
  expect(workPatienceOf({ name: "web-01", address: "192.0.2.1", ssh } as Host)).toBe(expected);
});
