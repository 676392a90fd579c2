import type { Host, Inventory } from "../../engine/model/inventory/index.ts";
import { type PlanInputs, planInputs } from "../../engine/plan/context.ts";

/** An inventory from groups of host names: `{ web: ["web-01", "web-02"] }`. */
export function inventoryOf(groups: Readonly<Record<string, readonly string[]>>): Inventory {
  const names = [...new Set(Object.values(groups).flat())];
  const hosts = names.map(
    (name, index): Host => ({
      name,
      address: `10.0.0.${index + 1}`,
      groups: Object.keys(groups).filter((group) => groups[group]?.includes(name)),
      ssh: {},
      machine: { memory: 1024, cpus: 1 },
      vars: {},
    }),
  );
  const members = Object.entries(groups).map(([group, wanted]) => [
    group,
    hosts.filter(({ name }) => wanted.includes(name)),
  ]);
  return {
    file: "test.yaml",
    domain: "foobar.com",
    publicAddress: "10.0.0.100",
    control: [],
    hosts,
    groups: Object.fromEntries(members),
  };
}

/** Plan inputs. Their inventory has one host unless `given` has another one. */
export function testInputs(given: Partial<Omit<PlanInputs, "traffic">> = {}): PlanInputs {
  return planInputs({ site: [], inventory: inventoryOf({ web: ["web-01"] }), ...given });
}
