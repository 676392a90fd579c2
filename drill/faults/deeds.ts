import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Fault } from "../fault.ts";

/** What people do on purpose. */
export const DEEDS: readonly Fault[] = [
  {
    ...{ name: "a switchover", rounds: 20, goal: 1, smooth: true, seconds: 2 },
    bring: ({ inventory }) =>
      promisify(execFile)("npm", ["run", "-s", "switchover", "--", "-i", inventory.file]),
  },
];
