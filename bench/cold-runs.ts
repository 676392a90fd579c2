import { join } from "node:path";
import { differences, type Fingerprints, fingerprints } from "../lab/fingerprint.ts";
import type { OpenLab } from "../lab/index.ts";
import { runBaseline } from "./baseline.ts";
import { type Bench, timed } from "./bench.ts";
import type { Contender } from "./contenders.ts";
import type { Control } from "./control.ts";
import { writeWork } from "./playbook.ts";
import { preparedFor } from "./rendered.ts";
import type { Cases } from "./rounds.ts";

/** What a comparison needs: the contenders and where they run. */
export interface Setup {
  readonly bench: Bench;
  readonly lab: OpenLab;
  readonly control: Control;
  /** Folder with the playbook's input. */
  readonly work: string;
  readonly folder: string;
  /** They run in reverse order, so the first one runs last. The others' machines are compared with its machines. */
  readonly contenders: readonly Contender[];
}

/** Each contender and the hand-written script provision bare machines. Returns times, and how the machines differ. */
export async function coldRuns(setup: Setup): Promise<{ figures: Cases; differences: Cases<string> }> {
  const { bench, lab, folder } = setup;
  const whole: Record<string, number[]> = {};
  const made = new Map<string, Fingerprints>();
  const preparations: Record<string, number[]> = {};
  const smokes: Record<string, number[]> = {};
  const note = async (name: string, ms: number) => {
    whole[name] = [ms];
    smokes[name] = [await timed("npm", "run", "-s", "smoke", "--", "-i", bench.file, "--gentle")];
    made.set(name, await fingerprints(bench.inventory, lab, join(folder, "fingerprints", name)));
  };

  await bare(setup);
  await note(SCRIPT, await runBaseline(bench, lab));
  for (const { name, prepare, site } of [...setup.contenders].reverse()) {
    await bare(setup);
    const before = (await prepare?.()) ?? 0;
    if (before > 0) preparations[name] = [before];
    await note(name, before + (await site(bench.file)).ms);
  }
  const [first, ...others] = [...made.keys()].reverse();
  const own = made.get(first ?? "") ?? new Map();
  const differing = others.map((name) => [name, differences(own, made.get(name) ?? new Map())] as const);
  return {
    figures: {
      "bare machines": whole,
      "of that, Python for Ansible": preparations,
      "then the smoke test": smokes,
    },
    differences: { [`differs from ${first}`]: Object.fromEntries(differing) },
  };
}

// --- internal ---

const SCRIPT = "hand-written script";

async function bare({ bench, lab, control, work }: Setup): Promise<void> {
  await control.hangUp();
  await lab.down();
  await lab.up();
  await control.know(bench.inventory.hosts.map(({ address }) => address));
  await writeWork(work, bench.inventory, await preparedFor(bench.inventory));
}
