import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readInventory } from "../../engine/model/inventory/index.ts";
import { prepareOnly } from "../../engine/run/run.ts";
import { differences, type Fingerprints, fingerprints } from "../../lab/fingerprint.ts";
import site from "../../site.ts";
import { INVENTORY, inside, lab, provision, smoke } from "../lab/machines.ts";
import { checkFiles, type Expected, expectedOf, LEFTOVERS, unread } from "./converged.ts";
import { killedRun } from "./killing.ts";

const inventory = readInventory(INVENTORY);

/** One machine of each kind. The primary comes before its replica, which waits for it. */
const CHAINS = [["web-01"], ["db-01", "db-02"]];

/** More runs than a machine has events. If this many are killed, something makes no progress. */
const MOST = 1000;

/**
 * Provisions bare machines and kills the run at every event. Each run is killed at its first event, in one of four
 * ways, and the next run goes on. After each kill every file of ours is unchanged, its package's version, or finished.
 * In the end the machines are the same as without kills, and every daemon has read its last configuration.
 */
export async function proveKilled(say: (line: string) => void): Promise<void> {
  const hosts = CHAINS.flat();
  await bare();
  await whole();
  const unkilled = await machines();
  await bare();
  const kills = await Promise.all(CHAINS.map((chain) => killAlong(chain, say)));
  await whole();
  const rest = await provision();
  if (rest.changed.length > 0) throw new Error(`a second run changed ${rest.changed.join(", ")}`);
  same(unkilled, await machines());
  await smoke();
  const total = kills.reduce((sum, count) => sum + count);
  say(
    `killed at every event: ${total} runs on ${hosts.join(", ")}; the machines are the same as without kills`,
  );
}

// --- internal ---

const bare = async () => {
  await lab.down();
  await lab.up();
};

async function whole() {
  const { exitCode, stderr, events } = await provision("--lock-wait", "120");
  if (exitCode !== 0)
    throw new Error(
      `a whole run ended with ${exitCode}: ${stderr}${JSON.stringify(events.filter(({ type }) => type === "failed"))}`,
    );
}

async function killAlong(chain: readonly string[], say: (line: string) => void): Promise<number> {
  let kills = 0;
  for (const host of chain) {
    const expected = await expectedHere(host);
    let ended = false;
    for (let turn = 0; !ended; turn++) {
      ended = await killedRun(host, turn);
      await checkFiles(host, expected);
      if (!ended) kills++;
      if (kills % 25 === 0) say(`${host}: ${kills} runs killed`);
      if (turn > MOST) throw new Error(`${host}: ${MOST} runs were killed, and still none came to its end`);
    }
    const late = await unread(host, expected);
    const left = await inside(host, LEFTOVERS);
    if (late.length > 0 || left !== "")
      throw new Error(`${host}: files not read by their daemons: ${late.join(", ")}; left behind: ${left}`);
    say(`${host}: converged after ${kills} killed runs of its chain`);
  }
  return kills;
}

async function expectedHere(host: string): Promise<Expected> {
  const { stages } = await prepareOnly({ inventory, site, mode: "check" });
  const resources = stages.flatMap(({ hostPlans }) => hostPlans.get(host)?.resources ?? []);
  return expectedOf(
    host,
    resources.map(({ resource }) => resource),
  );
}

/** Fingerprints of all machines. A folder in /tmp keeps them, for a look at differences. */
const machines = () => fingerprints(inventory, lab, mkdtempSync(join(tmpdir(), "quintet-killed-")));

function same(unkilled: Fingerprints, killed: Fingerprints) {
  const differing = differences(unkilled, killed);
  if (differing.length > 0)
    throw new Error(`the machines differ from those without kills:\n${differing.join("\n")}`);
}
