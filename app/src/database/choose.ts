/** What the last probe found out about one database. */
export interface DatabaseState {
  readonly name: string;
  readonly reachable: boolean;
  readonly role: "primary" | "replica" | "unknown";
  /** The term in which it became the primary, as its manager has written it there; absent if none has. */
  readonly term?: number;
  /** Whether a replica is receiving and applying; absent if it could not be asked. */
  readonly replicating?: boolean;
  /** How far a replica is behind the primary; null if that cannot be known. */
  readonly lagSeconds?: number | null;
  readonly error?: string;
}

/** A replica that is further behind than this is used only if nothing better is left. */
export const MAXIMUM_LAG_SECONDS = 5;

/**
 * The one database that takes writes, or why there is none. A primary whose manager stands still may still call itself so
 * after another one took over: that has a higher term. Without terms two that take writes are as bad as none.
 */
export function choosePrimary(
  states: readonly DatabaseState[],
): { name: string; why?: never } | { name?: never; why: string } {
  const byTerm = states
    .filter((state) => state.role === "primary")
    .sort((one, other) => termOf(other) - termOf(one));
  const [first, second] = byTerm;
  if (first === undefined) return { why: "no reachable database is writable" };
  if (second !== undefined && termOf(first) === termOf(second))
    return { why: `more than one database is writable: ${byTerm.map(({ name }) => name).join(", ")}` };
  return { name: first.name };
}

/**
 * The databases to read from, best first: current replicas in turn, then the primary, then whatever else is
 * reachable, because an old page is better than none.
 */
export function readOrder(states: readonly DatabaseState[], turn: number): string[] {
  const reachable = states.filter((state) => state.reachable);
  const primary = choosePrimary(states).name;
  const isPrimary = (state: DatabaseState) =>
    primary === undefined ? state.role === "primary" : state.name === primary;
  const current = reachable.filter(isCurrentReplica);
  const start = current.length > 0 ? turn % current.length : 0;
  const ordered = [
    ...current.slice(start),
    ...current.slice(0, start),
    ...reachable.filter(isPrimary),
    ...reachable.filter((state) => !isPrimary(state) && !isCurrentReplica(state)),
  ];
  return ordered.map((state) => state.name);
}

/** Whether the site can do all its work: one primary, and at least one database to read from. */
export function isReady(states: readonly DatabaseState[]): boolean {
  return choosePrimary(states).name !== undefined && readOrder(states, 0).length > 0;
}

const termOf = ({ term }: DatabaseState) => term ?? 0;

function isCurrentReplica(state: DatabaseState): boolean {
  return (
    state.role === "replica" &&
    state.replicating !== false &&
    (state.lagSeconds === null || state.lagSeconds === undefined || state.lagSeconds <= MAXIMUM_LAG_SECONDS)
  );
}
