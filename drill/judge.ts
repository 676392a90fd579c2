import type { Asked } from "./clients.ts";

/** What a database has after a round: the numbers of entries by their message. */
export type Entries = ReadonlyMap<string, readonly number[]>;

export interface Evidence {
  readonly history: readonly Asked[];
  /** Of each database. */
  readonly entries: ReadonlyMap<string, Entries>;
  /** CHECKSUM TABLE of each database. */
  readonly sums: readonly string[];
  /** How often another database became the primary meanwhile, at most. */
  readonly takeovers: number;
  /** The moment of the fault, on the clients' clock. */
  readonly moment: number;
}

export interface Verdict {
  /** Milliseconds: the longest time after the fault without an acknowledged write. */
  readonly outage: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly unknown: number;
  /** Pages that did not come. */
  readonly unread: number;
  /** What must not happen and did, in words: lost writes, doubled ones, two primaries, databases that differ. */
  readonly violations: readonly string[];
  readonly lost: number;
}

/** Judges a round: every acknowledged write is on every database, exactly once; no two databases acknowledged at the same time. */
export function judge({ history, entries, sums, takeovers, moment }: Evidence): Verdict {
  const writes = history.filter(({ kind }) => kind === "write");
  const of = (outcome: Asked["outcome"]) => writes.filter((one) => one.outcome === outcome);
  const acknowledged = of("ok");
  const lost = onEach(entries, (has) =>
    acknowledged.filter(({ message, id }) => !has.get(message)?.includes(id ?? -1)),
  );
  const doubled = onEach(entries, (has) =>
    writes.filter(({ message }) => (has.get(message)?.length ?? 0) > 1),
  );
  const untrue = onEach(entries, (has) => of("failed").filter(({ message }) => has.has(message)));
  const changes = alternations(acknowledged);
  return {
    outage: longestGap(acknowledged, moment, Math.max(...history.map(({ answered }) => answered))),
    acknowledged: acknowledged.length,
    ...{ failed: of("failed").length, unknown: of("unknown").length },
    unread: history.filter(({ kind, outcome }) => kind === "read" && outcome !== "ok").length,
    lost: Math.max(0, ...lost.map(([, found]) => found.length)),
    violations: [
      ...lost.map(said("acknowledged and not there")),
      ...doubled.map(said("there more than once")),
      ...untrue.map(said('there, though the site said "not saved"')),
      ...(changes > takeovers
        ? [
            `${changes} times another database acknowledged, and there were ${takeovers} takeovers: two at a time`,
          ]
        : []),
      ...(new Set(sums).size > 1 ? [`the tables differ: ${sums.join(", ")}`] : []),
      ...(acknowledged.length === 0 ? ["no write was acknowledged at all"] : []),
    ],
  };
}

/**
 * How often the database that acknowledges became another one, at least: the longest chain of writes in which each was sent after
 * the one before had been answered, and was acknowledged by another database.
 */
export function alternations(acknowledged: readonly Asked[]): number {
  let [changes, last] = [0, undefined as Asked | undefined];
  for (const one of [...acknowledged].sort((a, b) => a.answered - b.answered)) {
    if (last === undefined) last = one;
    if (one.by === last.by || one.sent < last.answered) continue;
    changes++;
    last = one;
  }
  return changes;
}

// --- internal ---

type OnHost = readonly [string, readonly Asked[]];

function onEach(entries: Evidence["entries"], find: (has: Entries) => readonly Asked[]): readonly OnHost[] {
  return [...entries].map(([host, has]): OnHost => [host, find(has)]).filter(([, found]) => found.length > 0);
}

const said =
  (what: string) =>
  ([host, found]: OnHost) =>
    `${host}: ${found.length} ${what}, for example ${found[0]?.message}`;

function longestGap(acknowledged: readonly Asked[], moment: number, end: number): number {
  const times = acknowledged.map(({ answered }) => answered).sort((a, b) => a - b);
  const before = times.filter((time) => time <= moment).at(-1) ?? moment;
  const after = [before, ...times.filter((time) => time > moment), end];
  return Math.max(0, ...after.slice(1).map((time, index) => time - (after[index] ?? time)));
}
