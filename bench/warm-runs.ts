import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { readInventory } from "../engine/inventory.ts";
import type { Trial } from "./cold-runs.ts";
import type { Contender, Ran } from "./contenders.ts";
import { loginFloor } from "./floor.ts";
import { writeWork } from "./playbook.ts";
import { planOf } from "./rendered.ts";
import { alternate, type Cases, type Turn } from "./rounds.ts";

/** How often each contender is measured: a run of Ansible is long, and so varies less. */
const REPEATS = [7, 3, 5];

/** Machines that are finished: nothing to do, the plan, one role, and one file that changes on the web servers. */
export async function warmRuns(trial: Trial, most: number): Promise<Cases> {
  const { file, inventory } = trial.bench;
  const { contenders } = trial;
  await settle(trial);
  const login = await loginFloor(inventory);
  const floor: Turn = {
    name: "ssh HOST true",
    repeats: Math.max(...REPEATS),
    run: async () => ({ ms: await login(), changed: 0 }),
  };
  const turns = (changes: "none" | "some", run: (contender: Contender) => Promise<Ran>): Turn[] =>
    contenders.map((contender, at) => ({
      name: contender.name,
      repeats: REPEATS[at] ?? 1,
      changes,
      run: () => run(contender),
    }));

  const still: Cases = {
    "nothing to do": await alternate([floor, ...turns("none", ({ site }) => site(file))], most),
    "the plan, nothing to do": await alternate(
      turns("none", ({ plan }) => plan(file)),
      most,
    ),
    "one role (nginx), nothing to do": await alternate(
      turns("none", ({ role }) => role(file, "nginx")),
      most,
    ),
  };
  let connections = 2048;
  const change = turns("some", async ({ site }) => site(await vary(trial, ++connections)));
  const changed = await alternate(change, most);
  await vary(trial, 2048);
  await settle(trial);
  return { ...still, "one file changed (nginx.conf on the web servers)": changed };
}

// --- internal ---

/** What one of them has and the others have not, such as seals of passwords: with it nobody has anything to do. */
async function settle({ bench, contenders }: Trial): Promise<void> {
  for (const { prepare, site } of [...contenders, ...contenders.slice(0, 1)]) {
    await prepare?.();
    await site(bench.file);
  }
}

/** The inventory with another number of connections of Nginx, for all of them; that is not measured. */
async function vary({ bench, folder, work }: Trial, connections: number): Promise<string> {
  const document = parseDocument(readFileSync(bench.file, "utf8"));
  document.setIn(["groups", "web", "vars", "nginx", "connections"], connections);
  const file = join(folder, "inventory.yaml");
  writeFileSync(file, document.toString());
  const inventory = readInventory(file);
  await writeWork(work, inventory, await planOf(inventory));
  return file;
}
