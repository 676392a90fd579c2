/** What the last probe found out about one database. */
export interface DatabaseState {
  readonly name: string;
  readonly reachable: boolean;
  readonly role: "primary" | "replica" | "unknown";
  /** Whether a replica is receiving and applying; absent if it could not be asked. */
  readonly replicating?: boolean;
  /** How far a replica is behind the primary; null if that cannot be known. */
  readonly lagSeconds?: number | null;
  readonly error?: string;
}

/** A replica that is further behind than this is used only if nothing better is left. */
export const MAXIMUM_LAG_SECONDS = 5;

/** The one database that takes writes, or why there is none. Two that take writes are as bad as none. */
export function choosePrimary(
  states: readonly DatabaseState[],
): { name: string; why?: never } | { name?: never; why: string } {
  const [first, ...others] = states.filter((state) => state.role === "primary").map((state) => state.name);
  if (first === undefined) return { why: "no reachable database is writable" };
  if (others.length > 0)
    return { why: `more than one database is writable: ${[first, ...others].join(", ")}` };
  return { name: first };
}

/**
 * The databases to read from, best first: current replicas in turn, then the primary, then whatever else is
 * reachable, because an old page is better than none.
 */
export function readOrder(states: readonly DatabaseState[], turn: number): string[] {
  const reachable = states.filter((state) => state.reachable);
  const current = reachable.filter(isCurrentReplica);
  const start = current.length > 0 ? turn % current.length : 0;
  const ordered = [
    ...current.slice(start),
    ...current.slice(0, start),
    ...reachable.filter((state) => state.role === "primary"),
    ...reachable.filter((state) => state.role !== "primary" && !isCurrentReplica(state)),
  ];
  return ordered.map((state) => state.name);
}

/** Whether the site can do all its work: one primary, and at least one database to read from. */
export function isReady(states: readonly DatabaseState[]): boolean {
  return choosePrimary(states).name !== undefined && readOrder(states, 0).length > 0;
}

function isCurrentReplica(state: DatabaseState): boolean {
  return (
    state.role === "replica" &&
    state.replicating !== false &&
    (state.lagSeconds === null || state.lagSeconds === undefined || state.lagSeconds <= MAXIMUM_LAG_SECONDS)
  );
}
