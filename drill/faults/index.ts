import type { Fault } from "../fault.ts";
import { DEEDS } from "./deeds.ts";
import { DISK } from "./disk.ts";
import { MACHINES } from "./machines.ts";
import { PROGRAMS } from "./programs.ts";
import { RANDOM } from "./random.ts";
import { ROADS } from "./roads.ts";
import { STORE } from "./store.ts";

/** All faults, in the order of the table. */
export const FAULTS: readonly Fault[] = [
  ...PROGRAMS,
  ...MACHINES,
  ...ROADS,
  ...STORE,
  ...DISK,
  ...DEEDS,
  RANDOM,
];
