import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RefusedError } from "../engine/util/errors.ts";
import { type OpenLab, openLab } from "../lab/index.ts";
import site from "../site.ts";
import { type Bench, where } from "./bench.ts";
import { coldRuns } from "./cold-runs.ts";
import { ansible, quintet } from "./contenders.ts";
import { openControl } from "./control.ts";
import { printDifferences, printFigures, printNetworkCosts } from "./report.ts";
import { warmRuns } from "./warm-runs.ts";

const FOLDER = ".quintet/bench";

/**
 * Compares Quintet, Ansible, and Ansible with Mitogen on the same machines: from bare machines, with nothing to do,
 * with one changed file, with one role, and the plan. For a quick try, the environment variable QUINTET_BENCH_ROUNDS
 * limits the number of rounds.
 */
export async function provision(
  bench: Bench,
  print: (line: string) => void,
  lab: OpenLab = openLab(bench.inventory),
): Promise<void> {
  requireRoles();
  const most = Number(process.env["QUINTET_BENCH_ROUNDS"] ?? Number.POSITIVE_INFINITY);
  const work = join(FOLDER, "ansible");
  mkdirSync(work, { recursive: true, mode: 0o700 });
  const control = await openControl(work, print);
  const versions = await control.versions();
  print(versions);
  const players = [ansible(control, { mitogen: false }), ansible(control, { mitogen: true })];
  const setup = { bench, lab, control, work, folder: FOLDER, contenders: [quintet, ...players] };
  try {
    const { figures: cold, differences } = await coldRuns(setup);
    printFigures(print, cold);
    printDifferences(print, differences);
    const { figures: warm, wire } = await warmRuns(setup, most);
    printFigures(print, warm);
    printNetworkCosts(print, wire);
    const file = join(FOLDER, `provision-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "")}.json`);
    const all = { where: where(), versions, figures: { ...cold, ...warm }, wire, differences };
    writeFileSync(file, `${JSON.stringify(all, undefined, 2)}\n`);
    print(`the raw figures: ${file}`);
  } finally {
    await control.hangUp();
    // The folder has keys and passwords.
    rmSync(work, { recursive: true, force: true });
  }
}

// --- internal ---

/** A comparison with a playbook that makes less would be none. */
function requireRoles(): void {
  const names = new Set(site.flatMap(({ roles }) => roles.map(({ name }) => name)));
  const missing = [...names].filter((name) => !existsSync(`bench/ansible/roles/${name}`));
  if (missing.length > 0)
    throw new RefusedError(
      `the playbook lacks roles that site.ts has: ${missing.join(", ")}. Write them in bench/ansible/roles/ and take them into bench/ansible/site.yml.`,
    );
}
