import type { PlannedStep, RunEvent } from "../run/events.ts";

/** How far a host is. */
interface Place {
  steps: readonly PlannedStep[];
  /** The number of each resource's or handler's step. */
  numbers: ReadonlyMap<string, number>;
  /** So many steps are behind it. */
  passed: number;
  reported: Set<string>;
  /** Resources that are being applied. */
  applying: string[];
  /** What it is at, and since when, in milliseconds. */
  at: string;
  since: number;
  connected: boolean;
  over: boolean;
}

/** What a host is doing now, for the live lines. */
export interface HostProgress {
  readonly host: string;
  readonly at: string;
  readonly seconds: number;
  /** `14 of 78`; empty before anything is known. */
  readonly count: string;
}

/** How far each host of a run is, as its events tell. */
export class Progress {
  readonly #places = new Map<string, Place>();

  hear(event: RunEvent): void {
    if (event.type === "begin") {
      for (const host of event.hosts) this.#places.set(host, placeOf([], "connecting"));
    }
    const place = "host" in event ? this.#places.get(event.host) : undefined;
    if (!place) return;
    switch (event.type) {
      case "connected":
        place.connected = true;
        move(place, place.steps.length > 0 ? "observing" : "getting ready");
        break;
      case "planned":
        this.#places.set(event.host, {
          ...placeOf(event.steps, place.connected ? "observing" : place.at),
          connected: place.connected,
        });
        break;
      case "busy":
        move(place, "waiting for another run");
        break;
      case "waiting":
        move(place, `${event.resource} waits for ${event.reason}`);
        break;
      case "start":
        place.applying.push(event.resource);
        move(place, titleOf(place.applying), place.applying.length > 1 ? place.since : Date.now());
        break;
      case "ok":
      case "changed":
      case "unknown":
      case "failed":
      case "skipped":
        report(place, event.resource);
        break;
      case "handler":
        report(place, event.handler);
        break;
      case "unreachable":
      case "locked":
      case "refused":
      case "lost":
      case "ended":
        place.over = true;
        break;
      default:
    }
  }

  /** Whether a host is still to come to the step of this resource or handler. */
  awaits(name: string): boolean {
    return [...this.#places.values()].some(({ numbers, passed, over }) => {
      const number = numbers.get(name);
      return !over && number !== undefined && number >= passed;
    });
  }

  /** In the order of the inventory. */
  sorted(hosts: readonly string[]): string[] {
    return [...this.#places.keys()].filter((host) => hosts.includes(host));
  }

  /** Those that are applied in one go with a resource. */
  togetherWith(host: string, name: string): readonly string[] {
    const place = this.#places.get(host);
    return place?.steps[place.numbers.get(name) ?? -1]?.names ?? [name];
  }

  /** The hosts that are not at their end. */
  hosts(now = Date.now()): HostProgress[] {
    return [...this.#places].flatMap(([host, { steps, at, since, reported, passed, over }]) => {
      if (over || (steps.length > 0 && passed === steps.length)) return [];
      const resources = steps.flatMap(({ kind, names }) => (kind === "resources" ? names : []));
      const behind = resources.filter((name) => reported.has(name)).length;
      const count = steps.length === 0 ? "" : `${behind} of ${resources.length}`;
      return [{ host, at, seconds: Math.round((now - since) / 1000), count }];
    });
  }
}

/** What several resources are called in one: `apt[nginx] and 7 more`. */
export function titleOf([first = "", ...others]: readonly string[]): string {
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

// --- internal ---

function placeOf(steps: readonly PlannedStep[], at: string): Place {
  const numbers = new Map(steps.flatMap(({ names }, number) => names.map((name) => [name, number] as const)));
  const nothing = { passed: 0, reported: new Set<string>(), applying: [], connected: false, over: false };
  return { steps, numbers, at, since: Date.now(), ...nothing };
}

function move(place: Place, at: string, since = Date.now()): void {
  place.at = at.replaceAll("\n", " ");
  place.since = since;
}

/** Steps come in their order: whoever reports one has passed all before it. */
function report(place: Place, name: string): void {
  const number = place.numbers.get(name) ?? 0;
  place.reported.add(name);
  place.applying = place.applying.filter((other) => other !== name);
  const whole = place.steps[number]?.names.every((one) => place.reported.has(one)) ?? true;
  place.passed = Math.max(place.passed, whole ? number + 1 : number);
  const next = place.steps[place.passed]?.names ?? [];
  if (place.applying.length === 0) move(place, titleOf(next));
}
