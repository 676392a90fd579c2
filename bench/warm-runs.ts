import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { readInventory } from "../engine/model/inventory/index.ts";
import type { Setup } from "./cold-runs.ts";
import { type Contender, quintet, type Ran } from "./contenders.ts";
import { loginFloor } from "./floor.ts";
import { type NetworkCost, networkCostOf } from "./network-cost.ts";
import { writeWork } from "./playbook.ts";
import { preparedFor } from "./rendered.ts";
import { alternate, type Cases, type Turn } from "./rounds.ts";

/** How often Quintet, Ansible and Mitogen are measured. Ansible's runs are long, so they vary less. */
const REPEATS = { noop: [7, 3, 5], others: [5, 2, 3] } as const;

/** Times, and the network traffic of each contender's first run with nothing to do. */
export interface Warm {
  readonly figures: Cases;
  readonly wire: Record<string, Record<string, NetworkCost>>;
}

/** Measures on provisioned machines: nothing to do, the plan, one role, and one changed file on the web servers. */
export async function warmRuns(setup: Setup, most: number): Promise<Warm> {
  const { file, inventory } = setup.bench;
  await settle(setup);
  const login = await loginFloor(inventory);
  const floor = {
    name: "ssh HOST true",
    repeats: REPEATS.noop[0],
    run: async () => ({ ms: await login(), changed: 0 }),
  };
  const turns = (
    changes: "none" | "some",
    run: (contender: Contender) => Promise<Ran>,
    repeats: readonly number[] = REPEATS.others,
  ): Turn[] =>
    setup.contenders.map((contender, at) => {
      return { name: contender.name, repeats: repeats[at] ?? 1, changes, run: () => run(contender) };
    });

  const wire: Warm["wire"] = {};
  const noop = turns("none", (contender) => onTheWire(setup, contender, wire), REPEATS.noop);
  const plan = turns("none", (contender) => contender.plan(file));
  const role = turns("none", (contender) => contender.role(file, "nginx"));
  let connections = 2048;
  const change = turns("some", async ({ site }) => site(await vary(setup, ++connections)));
  const figures = {
    "nothing to do": await alternate([floor, ...noop], most),
    "the plan, nothing to do": await alternate(plan, most),
    "one role (nginx), nothing to do": await alternate(role, most),
    "one file changed (nginx.conf on the web servers)": await alternate(change, most),
  };
  await quintet.site(file);
  return { figures, wire };
}

// --- internal ---

/**
 * Runs the contenders once, so that afterwards none has anything to do. Each makes things that the others do not, such
 * as seals of passwords. Ansible and Mitogen use the same playbook, so the faster of the two is enough.
 */
async function settle({ bench, contenders }: Setup): Promise<void> {
  for (const { prepare, site } of [...contenders].reverse().filter((_, at) => at !== 1)) {
    await prepare?.();
    await site(bench.file);
  }
}

/** A run with nothing to do. For the first one, also records its network traffic, with new connections. */
async function onTheWire(setup: Setup, contender: Contender, wire: Warm["wire"]): Promise<Ran> {
  const { bench, control, lab } = setup;
  if (wire[contender.name]) return contender.site(bench.file);
  await control.hangUp();
  const { ran, costs } = await networkCostOf(bench.inventory, lab, () => contender.site(bench.file));
  wire[contender.name] = costs;
  return ran;
}

/** Writes an inventory with another number of Nginx connections, for all contenders. This is not measured. */
async function vary({ bench, folder, work }: Setup, connections: number): Promise<string> {
  const document = parseDocument(readFileSync(bench.file, "utf8"));
  document.setIn(["groups", "web", "vars", "nginx", "connections"], connections);
  const file = join(folder, "inventory.yaml");
  writeFileSync(file, document.toString());
  const inventory = readInventory(file);
  await writeWork(work, inventory, await preparedFor(inventory));
  return file;
}
