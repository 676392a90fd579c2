import { mkdirSync, writeFileSync } from "node:fs";
import { hostsIn } from "../../engine/model/inventory/index.ts";
import { varsWithin } from "../../engine/plan/context.ts";
import { SiteProbe } from "../../engine/smoke/site-probe.ts";
import { sh } from "../../engine/template/shell.ts";
import { FailedError } from "../../engine/util/errors.ts";
import { vars as nginxVars } from "../../roles/nginx/vars.ts";
import site from "../../site.ts";
import { type Bench, where } from "../bench.ts";
import { contenders } from "./contenders.ts";
import { closedRound, openRound, type Setup } from "./rounds.ts";
import { tables } from "./tables.ts";
import { installTools } from "./wrk.ts";

const ROUNDS = { closed: 5, open: 3 };

/**
 * Requests through the balancer, by ours, by a configuration by hand and by plain HTTP, in turns on the same machines,
 * and to one web server directly. First as fast as answers come, then at half of the rate that ours has reached. Leaves
 * the machines as `npm run provision` makes them, also if it fails. QUINTET_BENCH_ROUNDS limits the number of rounds.
 */
export async function traffic(bench: Bench, print: (line: string) => void): Promise<void> {
  await installTools(print);
  const { inventory, record } = bench;
  const probe = new SiteProbe(inventory, new Map(), "");
  const players = contenders(bench, probe);
  const direct = () => apart(probe);
  const figures = { where: where(), closed: {}, open: {}, handshakes: {} };
  const setup: Setup = { inventory, contenders: players, direct, figures, print, signal: interrupted() };
  const most = Number(process.env["QUINTET_BENCH_ROUNDS"] ?? Number.POSITIVE_INFINITY);
  try {
    for (let round = 0; round < Math.min(ROUNDS.closed, most); round++) await closedRound(setup);
    for (let round = 0; round < Math.min(ROUNDS.open, most); round++) await openRound(setup);
  } finally {
    await players[0].install().finally(() => probe.close());
  }
  print(tables(figures));
  const name = record ?? new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const folder = record === undefined ? ".quintet/bench" : "docs/measured";
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/traffic-${name}.json`, `${JSON.stringify(figures, undefined, 2)}\n`);
  print(`the raw figures: ${folder}/traffic-${name}.json`);
}

// --- internal ---

/** Ctrl-C ends the measurements, and not what puts the machines back. The next Ctrl-C ends that, too. */
function interrupted(): AbortSignal {
  const abort = new AbortController();
  process.once("SIGINT", () => abort.abort(new FailedError("interrupted")));
  return abort.signal;
}

/** The last web server that does not have the public address: what it answers directly, it answers with nobody else's work. */
async function apart(probe: SiteProbe): Promise<string> {
  const { inventory } = probe;
  for (const host of hostsIn(inventory, "web").toReversed()) {
    const addresses = await probe.run(host, sh`ip -brief address`);
    if (addresses.includes(` ${inventory.publicAddress}/`)) continue;
    return `https://${host.address}:${varsWithin({ site, inventory }, nginxVars, host).port}`;
  }
  throw new Error(`every web server has ${inventory.publicAddress}`);
}
