import { parseGtidSet } from "../gtid.ts";
import { choosePrimary } from "./choose.ts";
import type { Client } from "./client.ts";
import { within } from "./deadline.ts";
import { classifyFailure, failureCode, NotConnected, OutcomeUnknown, Unavailable } from "./failures.ts";
import type { Session, WriteResult } from "./session.ts";
import type { Database, Hosts, Written } from "./types.ts";

/**
 * Milliseconds for a patience of 1: for how long a write that surely did nothing is tried again, as while another database
 * becomes the primary; and when it ends, whatever the databases do. The balancer gives up after 5 seconds.
 */
const TRIES_MS = 3000;
const WRITE_MS = 4500;
const PAUSE_MS = 100;

/** Makes the function that writes to the primary. */
export function makeWrite(hosts: Hosts, patience: number): Database["write"] {
  return <T>(task: (session: Session) => Promise<T>): Promise<Written<T>> => {
    const progress: Progress = { sentTo: undefined, over: false };
    return within(WRITE_MS * patience, tries(hosts, task, progress, TRIES_MS * patience), () => {
      progress.over = true;
      return progress.sentTo === undefined
        ? new Unavailable("no database took it in time")
        : new OutcomeUnknown(progress.sentTo, "no answer in time");
    });
  };
}

// --- internal ---

/** How far a write is. Once it is over, nothing is sent any more. */
interface Progress {
  /** The database that may have the write. */
  sentTo: string | undefined;
  over: boolean;
}

async function tries<T>(
  hosts: Hosts,
  task: (session: Session) => Promise<T>,
  progress: Progress,
  milliseconds: number,
): Promise<Written<T>> {
  const { clients, monitor, log } = hosts;
  const until = performance.now() + milliseconds;
  let before = "";
  for (let attempt = 1; ; attempt++) {
    const chosen = choosePrimary(monitor.states());
    const client = clients.get(chosen.name ?? "");
    let why = chosen.why ?? "the primary is not configured";
    if (client !== undefined) {
      try {
        return await writeOn(client, task, progress);
      } catch (error) {
        why = whyAgain(error, client, hosts);
      }
    }
    progress.sentTo = undefined;
    if (why !== before) log.warn({ database: chosen.name, why, attempt }, "a write could not start");
    before = why;
    // The roles may have changed since the last probe. Nothing was written, so one more try is safe.
    const pause = new Promise<void>((resolve) => setTimeout(resolve, PAUSE_MS));
    const probed = monitor.probeNow();
    // A database that is gone answers late, and the one that takes over need not wait for it.
    await (attempt > 1 ? pause : Promise.race([probed, pause]));
    if (attempt > 1 && performance.now() > until) throw new Unavailable(why);
  }
}

/** Why a write did nothing and may be tried again. Throws the error of one that may not. */
function whyAgain(error: unknown, { name }: Client, { monitor, log }: Hosts): string {
  const failure = error instanceof OutcomeUnknown ? "lost" : classifyFailure(error);
  if (failure === "bug") throw error;
  const why = `${name}: ${error instanceof OutcomeUnknown ? error.message : failureCode(error)}`;
  if (failure === "lost") void monitor.probeNow();
  if (failure !== "lost" && failure !== "refused") return why;
  log.warn({ database: name, why, failure }, "a write failed");
  throw failure === "lost" ? error : new Unavailable(why);
}

async function writeOn<T>(
  client: Client,
  task: (session: Session) => Promise<T>,
  progress: Progress,
): Promise<Written<T>> {
  return client.use(async (session) => {
    // The ping finds a connection that died while it was idle, before the statement is sent.
    await session.ping().catch((error) => {
      throw new NotConnected(error);
    });
    let gtid: string | undefined;
    const tracked: Session = {
      ...session,
      write: async (sql, values): Promise<WriteResult> => {
        if (progress.over) throw new NotConnected(new Error("too late"));
        progress.sentTo = client.name;
        const result = await session.write(sql, values);
        gtid = result.gtid;
        return result;
      },
    };
    const value = await task(tracked).catch((error: unknown) => {
      throw classifyFailure(error) === "lost" ? new OutcomeUnknown(client.name, failureCode(error)) : error;
    });
    gtid = parseGtidSet(gtid) ?? (await executedSet(session));
    return { value, database: client.name, role: "primary", ...(gtid !== undefined && { gtid }) };
  });
}

// A set that contains the write, and more. Needed if the server does not report the transaction's own GTID, for example
// for a repeated request, whose write happened before. The write is done, so a failure here is ignored.
async function executedSet(session: Session): Promise<string | undefined> {
  try {
    const [row] = await session.rows("SELECT @@GLOBAL.gtid_executed AS executed");
    return parseGtidSet(String(row?.["executed"] ?? ""));
  } catch {
    return undefined;
  }
}
