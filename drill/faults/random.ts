import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../fault.ts";
import { MACHINES } from "./machines.ts";
import { PROGRAMS } from "./programs.ts";
import { ROADS } from "./roads.ts";

/** Three faults, one after the other within seconds, before the first one is healed. */
export const RANDOM: Fault = {
  ...{ name: "three faults at random", rounds: 5, seconds: 10 },
  async bring(machines, pair) {
    chosen = Array.from({ length: 3 }, () => ALL[Math.floor(Math.random() * ALL.length)] as Fault);
    for (const fault of chosen) {
      console.log(`  ${fault.name}`);
      // The second may find a machine off that the first one has switched off.
      await fault.bring(machines, pair).catch(() => undefined);
      await sleep(Math.random() * 4000);
    }
  },
  async heal(machines, pair) {
    for (const fault of [...chosen].reverse()) await fault.heal?.(machines, pair).catch(() => undefined);
  },
};

// --- internal ---

const ALL = [...PROGRAMS, ...MACHINES, ...ROADS];

let chosen: readonly Fault[] = [];
