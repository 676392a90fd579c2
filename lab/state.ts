import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { RefusedError } from "../engine/util/errors.ts";
import type { Lab } from "./context.ts";
import { applySettings, type Settings, settingsNow } from "./settings.ts";

/** Whether a lab is up under this lab's id, of this checkout or another. */
export function isClaimed(lab: Lab): boolean {
  return readState(lab.run) !== undefined;
}

/** Takes the lab for this checkout and notes the kernel settings as they were; another checkout's lab is refused. */
export function claim(lab: Lab): void {
  refuseStranger(lab);
  if (isClaimed(lab)) return;
  const before = others(lab)[0]?.before ?? settingsNow();
  const state: State = { owner: lab.checkout, boot: bootId(), before };
  mkdirSync(lab.run, { recursive: true });
  writeFileSync(join(lab.run, "lab.json"), `${JSON.stringify(state)}\n`);
}

/** Throws RefusedError when the lab belongs to another checkout that still exists. */
export function refuseStranger(lab: Lab): void {
  const owner = readState(lab.run)?.owner;
  if (owner === undefined || owner === lab.checkout || !existsSync(owner)) return;
  throw new RefusedError(
    `the lab of ${owner} is up and holds the network ${lab.id}; take it down first, there: npm run lab -- down`,
  );
}

/** Forgets the lab; the last one to go puts the kernel settings back. */
export function release(lab: Lab): void {
  const state = readState(lab.run);
  const isLast = others(lab).length === 0;
  if (state && isLast) applySettings(state.before);
  rmSync(isLast ? dirname(lab.run) : lab.run, { recursive: true, force: true });
}

/** Whether a lab of this checkout with another id is up beside this one. */
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
  // /run is not a tmpfs everywhere, and after a reboot nothing of that lab is there.
  return state.boot === bootId() ? state : undefined;
}

function others(lab: Lab): State[] {
  const all = dirname(lab.run);
  const names = existsSync(all) ? readdirSync(all) : [];
  return names.filter((name) => name !== lab.id).flatMap((name) => readState(join(all, name)) ?? []);
}

const bootId = () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
