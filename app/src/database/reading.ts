import { readOrder } from "./choose.ts";
import { classifyFailure, failureCode, Unavailable } from "./failures.ts";
import type { Session } from "./session.ts";
import type { Database, Hosts, Served } from "./types.ts";

const WAIT_SECONDS = 0.5;
const MAXIMUM_WAITING = 4;

/** One try of a read: on which database, and which GTID set that one must contain first. */
export interface Attempt {
  readonly name: string;
  readonly mustContain?: string;
}

/** Makes the function that reads from the best database, and from the next one if that fails. */
export function makeRead({ clients, monitor, log }: Hosts): Database["read"] {
  let turn = 0;
  let waiting = 0;

  // A visitor can claim any GTID, so only a few reads wait at a time. The others go to the primary at once.
  async function contains(session: Session, after: string): Promise<boolean> {
    if (waiting >= MAXIMUM_WAITING) return false;
    waiting += 1;
    try {
      const [row] = await session.rows("SELECT WAIT_FOR_EXECUTED_GTID_SET(?, ?) AS late", [
        after,
        WAIT_SECONDS,
      ]);
      return Number(row?.["late"]) === 0;
    } catch (error) {
      // The server refuses some sets that look right, such as one with an interval that ends before it starts.
      if (classifyFailure(error) === "refused") return false;
      throw error;
    } finally {
      waiting -= 1;
    }
  }

  return async <T>(task: (session: Session) => Promise<T>, after?: string): Promise<Served<T>> => {
    const states = monitor.states();
    const roleOf = (name: string) => states.find((state) => state.name === name)?.role ?? "unknown";
    const isPrimary = (name: string) => roleOf(name) === "primary";
    const failed = new Set<string>();
    let behind = false;
    let why = "no database is reachable";

    for (const { name, mustContain } of planAttempts(readOrder(states, turn++), isPrimary, after)) {
      const client = clients.get(name);
      // One wait is enough: after it, the primary is asked.
      if (client === undefined || failed.has(name) || (behind && mustContain !== undefined)) continue;
      try {
        const found = await client.use(async (session) => {
          if (mustContain !== undefined && !(await contains(session, mustContain))) return undefined;
          return { value: await task(session) };
        });
        if (found !== undefined) return { value: found.value, database: name, role: roleOf(name) };
        behind = true;
      } catch (error) {
        if (classifyFailure(error) === "bug") throw error;
        failed.add(name);
        why = `${name}: ${failureCode(error)}`;
        log.warn({ database: name, code: failureCode(error) }, "a read failed");
        void monitor.probeNow();
      }
    }
    throw new Unavailable(why);
  };
}

/**
 * The tries of a read, in order. The primary contains its own writes; the others must prove that they do. In the end
 * they are tried without proof: an old page is better than none.
 */
export function planAttempts(
  order: readonly string[],
  isPrimary: (name: string) => boolean,
  after: string | undefined,
): Attempt[] {
  if (after === undefined) return order.map((name) => ({ name }));
  const proving = order.map((name) => (isPrimary(name) ? { name } : { name, mustContain: after }));
  return [...proving, ...order.filter((name) => !isPrimary(name)).map((name) => ({ name }))];
}
