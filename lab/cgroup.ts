import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FailedError } from "../engine/util/errors.ts";
import type { Lab } from "./context.ts";
import { run, waitUntil } from "./run.ts";

const OWN_MOUNT = "/run/quintet-lab/cgroup";

/**
 * The directory of a machine's control group, or of the whole lab's. The group tells which processes belong to a
 * machine. A file of process ids could be out of date or name an unrelated process; a control group cannot.
 */
export async function cgroupOf(lab: Lab, machine = ""): Promise<string> {
  return join(await hierarchy(), "quintet-lab", lab.id, machine);
}

/** Ids of all processes in a control group and below. */
export function processesIn(group: string): number[] {
  if (!existsSync(group)) return [];
  const own = read(join(group, "cgroup.procs")).split("\n").filter(Boolean).map(Number);
  return [...own, ...children(group).flatMap(processesIn)];
}

/** This box's process id of the machine's process 1. Undefined if the machine is not running. */
export function leaderIn(group: string): number | undefined {
  return processesIn(group).find((pid) => {
    const status = read(`/proc/${pid}/status`);
    return /^NSpid:\t\d+\t1$/m.test(status) && !isDying(pid, status);
  });
}

/** Kills all processes of a control group at once, waits until they are gone, and removes the group. */
export async function killGroup(group: string): Promise<void> {
  if (!existsSync(group)) return;
  writeFileSync(join(group, "cgroup.kill"), "1");
  const gone = await waitUntil(30, () => isEmpty(group));
  if (!gone) throw new FailedError(`${group}: processes ${processesIn(group).join(" ")} survive a kill`);
  removeGroup(group);
}

/** Whether no process is left in the group or below it. */
export function isEmpty(group: string): boolean {
  return !existsSync(group) || read(join(group, "cgroup.events")).includes("populated 0");
}

/** Memory that a group uses, in bytes. Without the memory controller it is the sum of what its processes map (PSS). */
export function memoryOf(group: string): number {
  const current = read(join(group, "memory.current"));
  if (current !== "") return Number(current);
  const kib = processesIn(group).map((pid) =>
    Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0),
  );
  return kib.reduce((sum, each) => sum + each, 0) * 1024;
}

/** When a process started. */
export function startOf(pid: number): Date | undefined {
  const ticks = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /, "")
    .split(" ")[19];
  const boot = /^btime (\d+)/m.exec(read("/proc/stat"))?.[1];
  return ticks && boot ? new Date(Number(boot) * 1000 + Number(ticks) * 10) : undefined;
}

/** Removes the lab's control groups, and the cgroup2 mount if the lab made one. */
export async function leaveHierarchy(lab: Lab): Promise<void> {
  const group = await cgroupOf(lab);
  removeGroup(group);
  const parent = join(group, "..");
  if (existsSync(parent) && children(parent).length === 0) rmdirSync(parent);
  if (existsSync(OWN_MOUNT)) await run`umount ${OWN_MOUNT} && rmdir ${OWN_MOUNT}`;
}

// --- internal ---

async function hierarchy(): Promise<string> {
  const mounted = /^\S+ \S+ \S+ \S+ (\S+) .*? - cgroup2 /m.exec(read("/proc/self/mountinfo"))?.[1];
  if (mounted !== undefined) return mounted;
  mkdirSync(OWN_MOUNT, { recursive: true });
  await run`mount -t cgroup2 cgroup2 ${OWN_MOUNT}`;
  return OWN_MOUNT;
}

/**
 * Whether a process was killed but still exists, because its children end first. See proc_pid_stat(5), and PF_EXITING
 * in the kernel's sched.h.
 */
function isDying(pid: number, status: string): boolean {
  const flags = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /, "")
    .split(" ")[6];
  const pending = [...status.matchAll(/^(?:SigPnd|ShdPnd):\t([0-9a-f]+)$/gm)].map(([, bits]) =>
    BigInt(`0x${bits}`),
  );
  return (Number(flags) & 0x4) !== 0 || pending.some((bits) => (bits & KILL) !== 0n);
}

/** The bit of SIGKILL in a signal mask. */
const KILL = 1n << 8n;

function removeGroup(group: string) {
  children(group).forEach(removeGroup);
  if (existsSync(group)) rmdirSync(group);
}

const children = (group: string) =>
  unlessGone([], () =>
    readdirSync(group, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(group, entry.name)),
  );

const read = (file: string) => unlessGone("", () => readFileSync(file, "utf8"));

// A process or a group may disappear between listing it and reading it.
function unlessGone<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
