import { Connections } from "../engine/ssh/connections.ts";
import { type Bench, shown, timed } from "./bench.ts";
import { loginFloor } from "./floor.ts";

const REPEATS = 9;

/** What every command costs before it starts its work: Node, npm, loading the sources or the kept file, and logins. */
export async function start({ inventory, file }: Bench, print: (line: string) => void): Promise<void> {
  // The first login records the host keys, which ssh below needs too.
  await logins(inventory.hosts);
  const list = ["provision", "-i", file, "--list"];
  const starts: Record<string, () => Promise<number>> = {
    "node, nothing": () => timed("node", "-e", "0"),
    "node with tsx, nothing": () => timed("node", "--import", "tsx", "-e", "0"),
    "provision --list, sources by tsx": () =>
      timed("env", "QUINTET_START=source", "node", "scripts/lib/start.mjs", ...list),
    "provision --list, the kept file": () => timed("node", "scripts/lib/start.mjs", ...list),
    "the same by npm run": () => timed("npm", "run", "-s", "provision", "--", ...list.slice(1)),
    "ssh HOST true, all hosts at once": await loginFloor(inventory),
    "Quintet's logins, all hosts at once": () => logins(inventory.hosts),
  };
  const figures = new Map<string, number[]>(Object.keys(starts).map((name) => [name, []]));
  for (let repeat = 0; repeat < REPEATS; repeat++)
    for (const [name, measure] of Object.entries(starts)) figures.get(name)?.push(await measure());
  for (const [name, times] of figures) print(`${name.padEnd(38)} ${shown(times)}`);
}

// --- internal ---

/** Logs in from this process, which has loaded everything. So this is TCP, key exchange and authentication only. */
async function logins(hosts: Bench["inventory"]["hosts"]): Promise<number> {
  const began = performance.now();
  const connections = new Connections(undefined, () => undefined);
  await Promise.all(hosts.map((host) => connections.to(host)));
  const ms = performance.now() - began;
  await connections.close();
  return ms;
}
