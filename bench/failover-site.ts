import { execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Inventory } from "../engine/model/inventory/index.ts";
import { eventually } from "../engine/util/eventually.ts";
import type { OpenLab } from "../lab/index.ts";
import { measured } from "./bench.ts";

/** The name of the balancer that has the public address. Throws if it is on none or on several. */
export async function holderOf(lab: OpenLab, { groups, publicAddress }: Inventory): Promise<string> {
  const balancers = groups["balancer"] ?? [];
  const found = await Promise.all(
    balancers.map(async ({ name }) => {
      const { stdout } = await lab.execIn(name, ["ip", "-o", "-4", "address", "show", "to", publicAddress]);
      return stdout.trim() === "" ? [] : [name];
    }),
  );
  const [holder, ...others] = found.flat();
  if (holder === undefined || others.length > 0)
    throw new Error(`the public address is on ${found.flat().join(", ") || "no machine"}`);
  return holder;
}

/** Waits until the site is well by its own smoke tests, and the balancers have known each other for a while. */
export async function settled(file: string): Promise<void> {
  const roles = ["--role", "haproxy,keepalived,nginx"];
  await eventually(120, () =>
    measured("npm", ["run", "-s", "smoke", "--", "-i", file, "--gentle", ...roles]),
  );
  await sleep(SETTLING);
}

/** Listens for the address's next place, as the network is told it, until `stop` is called. */
export function listenForMove(address: string) {
  const monitor = spawn("ip", ["monitor", "neigh"], { stdio: ["ignore", "pipe", "ignore"] });
  const place = placeOf(execFileSync("ip", ["neigh", "show", address], { encoding: "utf8" }));
  const heard = new Promise<number>((resolve) => {
    createInterface(monitor.stdout).on("line", (line) => {
      const found = line.startsWith(`${address} `) ? placeOf(line) : undefined;
      if (found !== undefined && found !== place) resolve(Date.now());
    });
  });
  return {
    /** Its moment, in milliseconds of this computer's clock; undefined if it has not moved within `ms` from now. */
    moved: (ms: number) => Promise.race([heard, sleep(ms, undefined)]),
    stop: () => monitor.kill(),
  };
}

// --- internal ---

/** Milliseconds: a balancer that has come back takes part again after two checks that succeed. */
const SETTLING = 4000;

const placeOf = (neighbour: string) => /lladdr (\S+)/.exec(neighbour)?.[1];
