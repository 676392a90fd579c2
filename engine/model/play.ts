import type { Role } from "./role.ts";

/** A group of the inventory (or `all`) and the roles of its hosts. */
export interface Play {
  readonly group: string;
  readonly roles: readonly Role[];
  /** Most hosts at a time. Such a play waits until the plays before it are done, and later plays wait for it. */
  readonly serial?: number;
  /** If a host fails in this play, later plays do not begin on any host. */
  readonly stopOnFailure?: boolean;
}

export type Site = readonly Play[];

/** Plays that need not wait for each other: one program for each host. */
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

/** Declares the whole site: its plays, in order. */
export function site(...plays: readonly Play[]): Site {
  return plays;
}

/** Groups plays into stages. Neighbours share one, unless a play has `serial` or `stopOnFailure`. */
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
