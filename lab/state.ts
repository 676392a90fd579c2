import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { RefusedError } from "../engine/util/errors.ts";
import type { Lab } from "./context.ts";
import { applySettings, type Settings, settingsNow } from "./settings.ts";

/** Whether a lab with this id is up, of this checkout or of another one. */
export function isClaimed(lab: Lab): boolean {
  return readState(lab.run) !== undefined;
}

/** Records this lab as this checkout's, with the kernel settings from before. Throws if another checkout has it. */
export function claim(lab: Lab): void {
  refuseStranger(lab);
  if (isClaimed(lab)) return;
  const before = others(lab)[0]?.before ?? settingsNow();
  const state: State = { owner: lab.checkout, boot: bootId(), before };
  mkdirSync(lab.run, { recursive: true });
  writeFileSync(join(lab.run, "lab.json"), `${JSON.stringify(state)}\n`);
}

/** Throws a RefusedError if the lab belongs to another checkout that still exists. */
export function refuseStranger(lab: Lab): void {
  const owner = readState(lab.run)?.owner;
  if (owner === undefined || owner === lab.checkout || !existsSync(owner)) return;
  throw new RefusedError(
    `the lab of ${owner} is up and has the network ${lab.id}; take it down there first: npm run lab -- down`,
  );
}

/** Deletes the record of the lab. The last lab to go restores the kernel settings. */
export function release(lab: Lab): void {
  const state = readState(lab.run);
  const isLast = others(lab).length === 0;
  if (state && isLast) applySettings(state.before);
  rmSync(isLast ? dirname(lab.run) : lab.run, { recursive: true, force: true });
}

/** Whether another lab of this checkout, with another id, is up too. */
export function hasNeighbour(lab: Lab): boolean {
  return others(lab).some(({ owner }) => owner === lab.checkout);
}

// --- internal ---

interface State {
  readonly owner: string;
  readonly boot: string;
  readonly before: Settings;
}

function readState(directory: string): State | undefined {
  const file = join(directory, "lab.json");
  if (!existsSync(file)) return undefined;
  const state: State = JSON.parse(readFileSync(file, "utf8"));
  // A record from before a reboot is void, because the lab went with the reboot. /run is not a tmpfs everywhere.
  return state.boot === bootId() ? state : undefined;
}

function others(lab: Lab): State[] {
  const all = dirname(lab.run);
  const names = existsSync(all) ? readdirSync(all) : [];
  return names.filter((name) => name !== lab.id).flatMap((name) => readState(join(all, name)) ?? []);
}

const bootId = () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
