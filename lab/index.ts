import { existsSync, readdirSync, rmSync } from "node:fs";
import type { ProcessOutput } from "zx";
import type { Host, Inventory } from "../engine/model/inventory/index.ts";
import { RefusedError } from "../engine/util/errors.ts";
import { cgroupOf, killGroup, leaveHierarchy } from "./cgroup.ts";
import { DEFAULT_ID, describeLab, hostsOf, type Lab } from "./context.ts";
import { discardDisk, diskNames } from "./disk.ts";
import { ensureImage, pruneImages } from "./image.ts";
import { type ExecOptions, enter } from "./inside.ts";
import { cutLink, cutsOf, healAll, healLink } from "./links.ts";
import { inTurn } from "./lock.ts";
import { awaitLogin, boot, clearRemains, leaderOf, powerOff } from "./machine.ts";
import { checkNeeds, checkPlatform } from "./needs.ts";
import { networkDown, networkUp } from "./network.ts";
import { settle } from "./settings.ts";
import { claim, hasNeighbour, isClaimed, refuseStranger, release } from "./state.ts";
import { type MachineStatus, statusOf } from "./status.ts";
import { purgeStores, usableStore } from "./store.ts";

export { knownHosts, labKey } from "./context.ts";
export type { ExecOptions } from "./inside.ts";
export { checkPlatform } from "./needs.ts";
export type { MachineStatus } from "./status.ts";

export interface LabOptions {
  /** Name of the bridge. A second lab beside the default one needs another name and another /24. */
  readonly id?: string;
  /** Gets progress messages, one line each. */
  readonly say?: (line: string) => void;
}

/** The lab of an inventory. Its verbs take host names; no names mean all hosts. */
export type OpenLab = ReturnType<typeof openLab>;

/**
 * Opens the lab of an inventory. The lab runs the machines with systemd-nspawn on this Linux box. Nothing happens until
 * a verb is called.
 */
export function openLab(inventory: Inventory, { id = DEFAULT_ID, say = () => {} }: LabOptions = {}) {
  const current = () => describeLab(inventory, id);
  const hosts = (names: readonly string[] = []) => hostsOf(inventory, names);

  async function up(names?: readonly string[]): Promise<void> {
    const chosen = hosts(names);
    await checkNeeds(say);
    await inTurn(say, () => bootAll(chosen));
  }

  async function bootAll(chosen: readonly Host[]): Promise<void> {
    const lab = describeLab(inventory, id, await usableStore(id));
    refuseStranger(lab);
    const image = await ensureImage(lab, say);
    claim(lab);
    await networkUp(lab);
    settle();
    await each(chosen, (host) => bootAndWait(lab, host, image, say));
    pruneImages(lab, image);
  }

  async function down({ purge = false } = {}): Promise<void> {
    checkPlatform();
    await inTurn(say, () => takeDown(purge));
  }

  async function takeDown(purge: boolean): Promise<void> {
    const lab = current();
    refuseStranger(lab);
    if (purge && hasNeighbour(lab))
      throw new RefusedError("another lab still uses the image: take it down first");
    const group = await cgroupOf(lab);
    const machines = new Set([...subdirectories(group), ...diskNames(lab)]);
    await killGroup(group);
    await each([...machines], (name) => clearRemains(lab, name));
    await networkDown(lab);
    await leaveHierarchy(lab);
    for (const host of inventory.hosts) discardDisk(lab, host);
    rmSync(lab.machines, { recursive: true, force: true });
    release(lab);
    if (purge) purgeStores();
    say(`the lab is down${purge ? ", and its image and key are gone" : ""}`);
  }

  async function stop(names: readonly string[], { kill = false } = {}): Promise<void> {
    await each(hosts(names), async (host) => {
      await powerOff(owned(), host.name, { kill });
      say(`${host.name}  ${kill ? "killed" : "off"}`);
    });
  }

  async function fresh(names: readonly string[]): Promise<void> {
    await inTurn(say, async () => {
      await each(hosts(names), async (host) => {
        await clearRemains(owned(), host.name);
        discardDisk(owned(), host);
      });
      await bootAll(hosts(names));
    });
  }

  async function cut(names: readonly string[], { from }: { from?: string } = {}): Promise<void> {
    const [other] = from === undefined ? [] : hosts([from]);
    for (const host of hosts(names)) await cutLink(owned(), host, other);
    say(`${names.join(", ")}  cut from ${from ?? "everything"}`);
  }

  async function heal(names: readonly string[] = [], { from }: { from?: string } = {}): Promise<void> {
    if (names.length === 0) await healAll(owned(), inventory.hosts);
    const [other] = from === undefined ? [] : hosts([from]);
    for (const host of names.length === 0 ? [] : hosts(names)) await healLink(owned(), host, other);
    say(`${names.length === 0 ? "every cut" : names.join(", ")}  healed`);
  }

  async function status(names?: readonly string[]): Promise<MachineStatus[]> {
    checkPlatform();
    return Promise.all(hosts(names).map((host) => statusOf(current(), host)));
  }

  async function isUp(): Promise<boolean> {
    if (process.platform !== "linux" || process.getuid?.() !== 0 || !isClaimed(current())) return false;
    const leaders = await Promise.all(inventory.hosts.map(({ name }) => leaderOf(current(), name)));
    return leaders.every((leader) => leader !== undefined);
  }

  async function execIn(
    name: string,
    argv: readonly string[],
    options: ExecOptions = {},
  ): Promise<ProcessOutput> {
    const [host] = hosts([name]);
    const leader = await leaderOf(owned(), name);
    if (!host || leader === undefined)
      throw new RefusedError(`${name} is not running: npm run lab -- start ${name}`);
    return enter(leader, argv, options);
  }

  // For verbs that need a running lab of this checkout.
  function owned(): Lab {
    checkPlatform();
    const lab = current();
    refuseStranger(lab);
    if (!isClaimed(lab)) throw new RefusedError("the lab is not up: npm run lab -- up");
    return lab;
  }

  return {
    /** Boots the machines that are not running, and waits until they accept logins. */
    up,
    /** The same as `up`, as the counterpart of `stop`. A stopped machine keeps its disk. */
    start: up,
    /** Stops and deletes all machines and the network. Keeps the image and the key, unless `purge` is set. */
    down,
    /** Shuts machines down cleanly, or with `kill` as if the power cord were pulled. */
    stop,
    /** Deletes machines' disks and boots them as bare machines with new host keys. */
    fresh,
    /** Cuts machines off from everything, or only `from` one other machine. */
    cut,
    /** Undoes `cut`. Without names it undoes every cut. */
    heal,
    status,
    /** Whether every machine of the inventory is running. */
    isUp,
    /** Runs a command inside a machine as root. Does not throw if the command fails: the result has its exit code. */
    execIn,
  };
}

// --- internal ---

async function bootAndWait(lab: Lab, host: Host, image: string, say: (line: string) => void) {
  const { all: isCut } = await cutsOf(lab, host);
  if (isCut && (await leaderOf(lab, host.name)) !== undefined)
    return say(`${host.name}  ${host.address}  is up, but cut off`);
  const start = Date.now();
  const wasOff = await boot(lab, host, image);
  await awaitLogin(lab, host);
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  say(`${host.name}  ${host.address}  ${wasOff ? `up in ${seconds} s` : "is up"}`);
}

// Waits for all of them, and only then throws the first error. So one failing machine does not leave others half done.
async function each<T>(items: readonly T[], work: (item: T) => Promise<void>) {
  const settled = await Promise.allSettled(items.map(work));
  const failed = settled.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}

const subdirectories = (directory: string) =>
  existsSync(directory)
    ? readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() ? [entry.name] : [],
      )
    : [];
