import { parseGtidSet } from "../gtid.ts";
import { choosePrimary } from "./choose.ts";
import type { Client } from "./client.ts";
import { classifyFailure, failureCode, NotConnected, OutcomeUnknown, Unavailable } from "./failures.ts";
import type { Session, WriteResult } from "./session.ts";
import type { Database, Hosts, Written } from "./types.ts";

/** Makes the function that writes to the primary. It tries twice, but only if the first try certainly wrote nothing. */
export function makeWrite({ clients, monitor, log }: Hosts): Database["write"] {
  return async <T>(task: (session: Session) => Promise<T>): Promise<Written<T>> => {
    let why = "";
    for (const attempt of [1, 2]) {
      const chosen = choosePrimary(monitor.states());
      const client = clients.get(chosen.name ?? "");
      if (client === undefined) {
        why = chosen.why ?? "the primary is not configured";
      } else {
        try {
          return await writeOn(client, task);
        } catch (error) {
          const failure = error instanceof OutcomeUnknown ? "lost" : classifyFailure(error);
          if (failure === "bug") throw error;
          why = `${client.name}: ${error instanceof OutcomeUnknown ? error.message : failureCode(error)}`;
          if (failure === "lost") void monitor.probeNow();
          if (failure === "lost" || failure === "refused") {
            log.warn({ database: client.name, why, failure }, "a write failed");
            throw failure === "lost" ? error : new Unavailable(why);
          }
        }
      }
      log.warn({ database: chosen.name, why, attempt }, "a write could not start");
      // The roles may have changed since the last probe; nothing was written, so one more try is safe.
      await monitor.probeNow();
    }
    throw new Unavailable(why);
  };
}

async function writeOn<T>(client: Client, task: (session: Session) => Promise<T>): Promise<Written<T>> {
  return client.use(async (session) => {
    // The ping finds a connection that died while it was idle, before the statement is sent.
    await session.ping().catch((error) => {
      throw new NotConnected(error);
    });
    let gtid: string | undefined;
    const tracked: Session = {
      ...session,
      write: async (sql, values): Promise<WriteResult> => {
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
