import type { RunEvent } from "../run/events.ts";
import type { Progress } from "./progress.ts";

export type Change = Extract<RunEvent, { type: "changed" | "unknown" | "handler" }>;

/** What happened in the same way on these hosts: to one resource, to several that were applied in one go, or a handler. */
export interface Alike {
  readonly hosts: readonly string[];
  readonly events: readonly Change[];
  /** The longest that it took on one of them, in milliseconds. */
  readonly ms: number;
}

/** How long what one host did waits for others that are to do the same, in milliseconds. */
const PATIENCE = 10_000;

/** Holds changes until no host is still to come to the same, so that what several hosts did alike is told once. */
export class AlikeChanges {
  readonly #progress: Progress;
  readonly #diff: boolean;
  /** By the step's first resource or handler. */
  readonly #held = new Map<string, { since: number; changes: Change[] }>();

  /** With `diff` only what also shows the same difference is alike. */
  constructor(progress: Progress, diff: boolean) {
    this.#progress = progress;
    this.#diff = diff;
  }

  hold(change: Change): void {
    const name = nameOf(change);
    const [first = name] = this.#progress.togetherWith(change.host, name);
    const held = this.#held.get(first) ?? { since: Date.now(), changes: [] };
    held.changes.push(change);
    this.#held.set(first, held);
  }

  /** Hands over what is complete, or has waited for long enough; with `all` everything. */
  release(all = false): Alike[] {
    return [...this.#held].flatMap(([first, { since, changes }]) => {
      const names = [first, ...changes.map(nameOf)];
      const complete = !names.some((name) => this.#progress.awaits(name));
      if (!all && !complete && Date.now() - since < PATIENCE) return [];
      this.#held.delete(first);
      return this.#grouped(changes);
    });
  }

  #grouped(changes: readonly Change[]): Alike[] {
    const byHost = new Map<string, Change[]>();
    for (const change of changes) byHost.set(change.host, [...(byHost.get(change.host) ?? []), change]);
    const groups = new Map<string, { hosts: string[]; events: readonly Change[]; ms: number }>();
    for (const [host, events] of byHost) {
      const key = JSON.stringify(events.map((event) => this.#kindOf(event)));
      const group = groups.get(key) ?? { hosts: [], events, ms: 0 };
      group.hosts.push(host);
      group.ms = Math.max(group.ms, ...events.map((event) => ("ms" in event ? event.ms : 0)));
      groups.set(key, group);
    }
    return [...groups.values()].map((group) => ({ ...group, hosts: this.#progress.sorted(group.hosts) }));
  }

  #kindOf(event: Change): readonly string[] {
    const more = event.type === "unknown" ? event.waitsFor : event.type === "handler" ? event.status : "";
    return [event.type, nameOf(event), more, this.#diff && event.type === "changed" ? event.diff : ""];
  }
}

/** What a change is of. */
export function nameOf(change: Change): string {
  return change.type === "handler" ? change.handler : change.resource;
}
