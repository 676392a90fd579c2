import { setTimeout as sleep } from "node:timers/promises";
import type { OpenLab } from "../lab/index.ts";

/** Something that happens to the balancer that has the public address, or to another web server. */
export interface Fault {
  readonly name: string;
  readonly of: "holder" | "other";
  /** Seconds within which 95 of 100 new visitors are to have their page. */
  readonly goal: number;
  /** Does it. Resolves with the moment of the fault, in milliseconds of this computer's clock. */
  readonly inject: (lab: OpenLab, host: string) => Promise<number>;
  /** Undoes it. May be called for a machine that is well. */
  readonly heal: (lab: OpenLab, host: string) => Promise<unknown>;
}

const inside = (lab: OpenLab, host: string, script: string) => lab.execIn(host, ["sh", "-c", script]);

export const FAULTS: readonly Fault[] = [
  {
    name: "haproxy killed",
    of: "holder",
    goal: 0.5,
    inject: (lab, host) => at(lab, host, "kill -KILL $pids"),
    heal: (lab, host) => inside(lab, host, "systemctl start haproxy"),
  },
  {
    name: "haproxy stopped",
    of: "holder",
    goal: 1.5,
    inject: (lab, host) => at(lab, host, "systemctl stop haproxy"),
    heal: (lab, host) => inside(lab, host, "systemctl start haproxy"),
  },
  {
    name: "machine off",
    of: "holder",
    goal: 1.5,
    inject: (lab, host) => now(() => lab.stop([host], { kill: true })),
    heal: (lab, host) => lab.start([host]),
  },
  {
    name: "machine cut off",
    of: "holder",
    goal: 1.5,
    inject: (lab, host) => now(() => lab.cut([host])),
    heal: (lab) => lab.heal(),
  },
  {
    name: "haproxy frozen",
    of: "holder",
    goal: 3,
    inject: (lab, host) => at(lab, host, "kill -STOP $pids"),
    heal: (lab, host) => inside(lab, host, "pkill -CONT -x haproxy; systemctl start haproxy"),
  },
  {
    name: "web server cut off",
    of: "other",
    goal: 1.5,
    inject: (lab, host) => now(() => lab.cut([host])),
    heal: (lab) => lab.heal(),
  },
];

// --- internal ---

/** Milliseconds that entering a machine takes at most. */
const LEAD = 1500;

/**
 * Does something inside the machine to HAProxy's processes, `$pids`. The moment is known before, because the machine's
 * clock is this computer's; for the last of the time the machine looks at it without a pause.
 */
async function at(lab: OpenLab, host: string, deed: string): Promise<number> {
  const moment = Date.now() + LEAD;
  const waiting = `until (( \${EPOCHREALTIME/./} >= ${moment}000 - 50000 )); do sleep 0.01; done; until (( \${EPOCHREALTIME/./} >= ${moment}000 )); do :; done`;
  const script = `pids=$(pgrep -d ' ' -x haproxy); ${waiting}; ${deed}`;
  lab.execIn(host, ["bash", "-c", script]).catch(() => undefined);
  await sleep(moment - Date.now());
  return moment;
}

/** Does it from outside. It has happened at some moment before it is done, so no visitor counts too little. */
async function now(deed: () => Promise<void>): Promise<number> {
  await deed();
  return Date.now();
}
