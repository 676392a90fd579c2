import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readInventory } from "../engine/model/inventory/index.ts";
import { labKey, openLab } from "../lab/index.ts";
import { type Bench, median, where } from "./bench.ts";
import { delayedProxy } from "./delay.ts";
import { type Panel, plot } from "./plot.ts";

const HOSTS = [5, 25, 50, 100];
const RESOURCES = [10, 50, 100, 250, 500];
const DELAYS = [0, 20, 80];
const REPEATS = 3;

/** Resources for each host while the number of hosts grows, and hosts while something else grows. */
const [FEW_RESOURCES, FEW_HOSTS] = [25, 5];

/** Time, CPU time and memory of a run with nothing to do, for more hosts, more resources and a longer round trip. */
export async function growth(_: Bench, print: Print): Promise<void> {
  const most = Math.max(...HOSTS);
  const lab = openLab(readInventory(inventoryOf(most)), { id: "quintetg" });
  try {
    for (let at = 1; at <= most; at += 10) await lab.up(namesOf(most).slice(at - 1, at + 9));
    const hosts: Point[] = [];
    for (const n of HOSTS) hosts.push([n, await measure(`${n} hosts`, inventoryOf(n), FEW_RESOURCES, print)]);
    const resources: Point[] = [];
    for (const n of RESOURCES)
      resources.push([n, await measure(`${n} resources a host`, inventoryOf(FEW_HOSTS), n, print)]);
    const delays: Point[] = [];
    for (const n of DELAYS) delays.push([n, await overWires(n, print)]);
    await slowOne(print);
    writeFileSync(
      PICTURE,
      plot(`A run that has nothing to do. ${where()}`, panels(hosts, resources, delays)),
    );
    print(`drawn into ${PICTURE}`);
  } finally {
    await lab.down();
  }
}

// --- internal ---

const PICTURE = "docs/measured/growth.svg";

type Print = (line: string) => void;
type Point = readonly [number, Measured];

interface Measured {
  readonly seconds: number;
  readonly cpu: number;
  readonly rss: number;
}

interface Run extends Measured {
  readonly changed: number;
  /** When the last event of each host came, in milliseconds since the start. */
  readonly ended: Readonly<Record<string, number>>;
}

function panels(hosts: readonly Point[], resources: readonly Point[], delays: readonly Point[]): Panel[] {
  const curve = (points: readonly Point[], key: "seconds" | "cpu") =>
    points.map(([n, measured]) => [n, measured[key]] as const);
  const both = (points: readonly Point[]) => ({
    "time, s": curve(points, "seconds"),
    "processor, s": curve(points, "cpu"),
  });
  return [
    { title: `hosts, ${FEW_RESOURCES} resources each`, curves: both(hosts) },
    { title: `resources on each of ${FEW_HOSTS} hosts`, curves: both(resources) },
    { title: `ms of delay, ${FEW_HOSTS} hosts`, curves: both(delays) },
  ];
}

const namesOf = (hosts: number) =>
  Array.from({ length: hosts }, (_, n) => `n-${String(n + 1).padStart(3, "0")}`);

/** Writes an inventory of that many machines. With `ports`, each is reached through a delayed port on loopback. */
function inventoryOf(hosts: number, ports?: readonly number[]): string {
  const folder = mkdtempSync(join(tmpdir(), "quintet-growth-"));
  const file = join(folder, "inventory.yaml");
  const lines = namesOf(hosts).map((name, n) => {
    const wire = ports ? `, ssh: { host: 127.0.0.1, port: ${ports[n]}, key: ${labKey} }` : "";
    return `  ${name}: { address: 192.168.57.${n + 11}${wire} }`;
  });
  const head = ["domain: foobar.com", "public_address: 192.168.57.10", "ssh: { user: vagrant }", "hosts:"];
  writeFileSync(file, [...head, ...lines, `groups: { web: { hosts: [${namesOf(hosts)}] } }`, ""].join("\n"));
  return file;
}

/** Provisions the hosts once, then measures runs that have nothing to do. */
async function measure(what: string, inventory: string, resources: number, print: Print): Promise<Measured> {
  const first = await runOnce(inventory, resources);
  const runs: Run[] = [];
  for (let n = 0; n < REPEATS; n++) runs.push(await runOnce(inventory, resources));
  if (runs.some(({ changed }) => changed > 0)) throw new Error(`${what}: a second run changed something`);
  const of = (key: keyof Measured) => median(runs.map((run) => run[key]));
  const measured = { seconds: of("seconds"), cpu: of("cpu"), rss: of("rss") };
  print(
    `${what.padEnd(30)} nothing to do ${measured.seconds.toFixed(2)} s, processor ${measured.cpu.toFixed(2)} s, ` +
      `memory ${measured.rss.toFixed(0)} MiB; first run ${first.seconds.toFixed(2)} s, ${first.changed} changes`,
  );
  return measured;
}

async function overWires(delay: number, print: Print): Promise<Measured> {
  const addresses = namesOf(FEW_HOSTS).map((_, n) => `192.168.57.${n + 11}`);
  const wires = await Promise.all(addresses.map((address) => delayedProxy(address, delay)));
  const ports = wires.map(({ port }) => port);
  try {
    return await measure(`${delay} ms round trip`, inventoryOf(FEW_HOSTS, ports), FEW_RESOURCES, print);
  } finally {
    for (const wire of wires) wire.close();
  }
}

/** One host of 25 has a check that takes five seconds. Shows when the other hosts were done. */
async function slowOne(print: Print): Promise<void> {
  const [slow = "", ...others] = namesOf(25);
  const { ended, seconds } = await runOnce(inventoryOf(25), FEW_RESOURCES, slow);
  const last = Math.max(...others.map((name) => ended[name] ?? Number.NaN)) / 1000;
  print(
    `one slow host of 25: the others done after ${last.toFixed(2)} s, the run after ${seconds.toFixed(2)} s`,
  );
}

/** Runs in a process of its own, as the scripts do. */
function runOnce(inventory: string, resources: number, slow = ""): Promise<Run> {
  const argv = ["scripts/lib/start.mjs", "bench/growth-run", inventory, String(resources), "apply", slow];
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(JSON.parse(said)) : reject(new Error(`growth-run ended with ${code}: ${said}`)),
    );
  });
}
