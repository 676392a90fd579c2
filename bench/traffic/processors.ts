import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Inventory } from "../../engine/model/inventory/index.ts";
import { cgroupOf } from "../../lab/cgroup.ts";
import { DEFAULT_ID, describeLab } from "../../lab/context.ts";

/** Microseconds of processor time by who used them. */
export type Spent = Readonly<Record<string, number>>;

/**
 * Returns a function that reads what processors have spent so far, on all machines of the lab together. Services are
 * counted by their control groups, so processes that have ended are among them. The kernel's work for the network is
 * counted for whoever ran when it was done. So "the rest of the box" is what it did while nobody else ran, and also what
 * else goes on there.
 */
export async function processors(inventory: Inventory): Promise<() => Spent> {
  const lab = describeLab(inventory, DEFAULT_ID);
  const machines = await Promise.all(inventory.hosts.map(({ name }) => cgroupOf(lab, name)));
  return () => {
    const sum = (group: string) => machines.reduce((all, machine) => all + usageOf(join(machine, group)), 0);
    const services = Object.entries(SERVICES).map(
      ([name, unit]) => [name, sum(`machine/payload/system.slice/${unit}`)] as const,
    );
    const known = services.reduce((all, [, usage]) => all + usage, 0);
    const [inside, client] = [sum(""), childrenOfThis()];
    return {
      ...Object.fromEntries(services),
      "the rest of the machines": inside - known,
      wrk: client,
      "the rest of the box": busy() - inside - client,
    };
  };
}

/** What was spent from one reading to another, for each of so many requests. */
export function perRequest(before: Spent, after: Spent, requests: number): Spent {
  const spent = Object.entries(after).map(
    ([who, usage]) => [who, Math.max(0, usage - (before[who] ?? 0)) / requests] as const,
  );
  return Object.fromEntries(spent);
}

// --- internal ---

const SERVICES = {
  HAProxy: "haproxy.service",
  Nginx: "nginx.service",
  application: "foobar.service",
  MySQL: "mysql.service",
  journal: "systemd-journald.service",
};

/** Clock ticks of /proc are 10 ms on every architecture of ours: proc(5), USER_HZ. */
const TICK = 10_000;

/** Of a control group and all below it. Nothing, if it is not there: a database has no Nginx. */
function usageOf(group: string): number {
  try {
    return Number(/^usage_usec (\d+)/m.exec(readFileSync(join(group, "cpu.stat"), "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Of the children of this process that have ended: fields 16 and 17 of /proc/PID/stat, behind the command's name. */
function childrenOfThis(): number {
  const fields = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[13]) + Number(fields[14])) * TICK;
}

/** Of the whole box, without idle time, waiting for disks, and what the hypervisor took away. */
function busy(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (
    /^cpu +(.*)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1] ?? ""
  )
    .split(" ")
    .map(Number);
  return (user + nice + system + irq + softirq) * TICK;
}
