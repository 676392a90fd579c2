import type { Role } from "./role.ts";

/** A group of the inventory (or `all`) and what its hosts are to be. */
export interface Play {
  readonly group: string;
  readonly roles: readonly Role[];
  /** At most so many hosts at a time; such a play waits for those before it, and those after it wait for it. */
  readonly serial?: number;
  /** When a host fails here, later plays are not begun on any host. */
  readonly stopOnFailure?: boolean;
}

export type Site = readonly Play[];

/** Plays that have nothing to wait for in each other: one program a host, one exec. */
export interface Stage {
  readonly plays: readonly Play[];
  readonly serial: number;
  readonly stopOnFailure: boolean;
}

/** Declares a play. */
export function play(
  group: string,
  roles: readonly Role[],
  options: Pick<Play, "serial" | "stopOnFailure"> = {},
): Play {
  return { group, roles, ...options };
}

/** Declares what the whole site is, in order. */
export function site(...plays: readonly Play[]): Site {
  return plays;
}

/** Groups plays into stages: neighbours share one unless a play goes host by host or may stop the others. */
export function stagesOf(site: Site): Stage[] {
  const stages: { plays: Play[]; serial: number; stopOnFailure: boolean }[] = [];
  for (const play of site) {
    const alone = play.serial !== undefined || play.stopOnFailure === true;
    const last = stages.at(-1);
    const joins =
      last !== undefined && !alone && last.serial === Number.POSITIVE_INFINITY && !last.stopOnFailure;
    if (joins) last.plays.push(play);
    else
      stages.push({
        plays: [play],
        serial: play.serial ?? Number.POSITIVE_INFINITY,
        stopOnFailure: play.stopOnFailure ?? false,
      });
  }
  return stages;
}
