import type { Host } from "../model/inventory/index.ts";
import type { RunEvent } from "./events.ts";
import type { Sessions } from "./sessions.ts";

/**
 * Takes the locks of all hosts, and waits for other runs so many seconds. Answers the host that another run did not free,
 * or undefined if all are held that can be reached. Of runs that start together one gets the first host that answers,
 * and with it the others: locks on each host alone would give every run some. A run that waits for a host holds no lock
 * of a host that comes later in the inventory, so no two runs wait for each other.
 */
export async function lockAll(
  hosts: readonly Host[],
  sessions: Sessions,
  seconds: number,
  report: (event: RunEvent) => void,
): Promise<Host | undefined> {
  const until = Date.now() + seconds * 1000;
  const left = () => Math.max(0, Math.ceil((until - Date.now()) / 1000));
  const lock = async (host: Host, wait: number): Promise<Try> => {
    try {
      const session = await sessions.to(host);
      const held = await session.lock(wait, (type, holder) => {
        if (type === "busy" || left() === 0) report({ type, host: host.name, holder });
      });
      return { held, free: () => session.free() };
    } catch {
      return { held: undefined, free: () => undefined };
    }
  };

  for (const host of hosts) sessions.to(host).catch(() => undefined);
  let rest = hosts;
  for (let held: Try["held"]; held === undefined && rest.length > 0; rest = rest.slice(1)) {
    const [first] = rest as [Host];
    held = (await lock(first, seconds)).held;
    if (held === false) return first;
  }
  while (rest.length > 0) {
    const tries = await Promise.all(rest.map((host) => lock(host, 0)));
    const at = tries.findIndex(({ held }) => held === false);
    const busy = rest[at];
    if (!busy) return undefined;
    for (const { held, free } of tries.slice(at + 1)) if (held) free();
    if (left() === 0 || (await lock(busy, left())).held === false) return busy;
    rest = rest.slice(at + 1);
  }
  return undefined;
}

// --- internal ---

interface Try {
  /** Undefined if the host cannot be asked. */
  readonly held: boolean | undefined;
  readonly free: () => void;
}
