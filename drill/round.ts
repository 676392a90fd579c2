import { setTimeout as sleep } from "node:timers/promises";
import { type Asked, startClients } from "./clients.ts";
import type { Fault } from "./fault.ts";
import { type Entries, judge, type Verdict } from "./judge.ts";
import type { Machines } from "./machines.ts";

/** One fault, from a whole site to a whole site, with clients all the time. */
export interface Round {
  readonly verdict: Verdict;
  readonly history: readonly Asked[];
}

/** Makes a fault once. Throws if the site is not whole before; what it is afterwards is part of the verdict. */
export async function round(machines: Machines, fault: Fault): Promise<Round> {
  await fault.prepare?.(machines, await machines.whole(SECONDS.whole));
  const before = await machines.whole(SECONDS.whole);
  const newest = await machines.sql(before.primary, "SELECT COALESCE(MAX(id), 0) FROM guestbook.entries");
  const clients = startClients(machines.inventory);
  try {
    await sleep(SECONDS.calm * 1000);
    const moment = performance.now();
    await fault.bring(machines, before);
    await sleep(fault.seconds * 1000);
    await fault.heal?.(machines, before);
    const after = await machines.whole(SECONDS.whole).catch((error: Error) => error);
    await sleep(SECONDS.calm * 1000);
    await clients.stop();
    const { history } = clients;
    const evidence = { history, moment, entries: new Map(), sums: [], takeovers: 0 };
    if (after instanceof Error) {
      const why = `the databases are no pair again after ${SECONDS.whole} s: ${after.message}`;
      return { history, verdict: { ...judge(evidence), violations: [why] } };
    }
    const entries = await entriesOf(machines, after.primary, newest);
    const sums = await Promise.all(
      machines.names("database").map((host) => machines.sql(host, "CHECKSUM TABLE guestbook.entries")),
    );
    const takeovers = after.term - before.term;
    return { history, verdict: judge({ ...evidence, entries, sums, takeovers }) };
  } finally {
    await clients.stop();
    await fault.restore?.(machines);
  }
}

// --- internal ---

/** `whole`: until every machine has booted and a database has been copied. */
const SECONDS = { whole: 180, calm: 2 } as const;

/** What each database has above a number, once it has all that the primary has. */
async function entriesOf(
  machines: Machines,
  primary: string,
  newest: string,
): Promise<ReadonlyMap<string, Entries>> {
  const set = await machines.sql(primary, "SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '')");
  const each = machines.names("database").map(async (host) => {
    const [waited, ...rows] = (
      await machines.sql(
        host,
        `SELECT WAIT_FOR_EXECUTED_GTID_SET('${set}', 30); SELECT id, message FROM guestbook.entries WHERE id > ${newest} AND name = 'drill'`,
      )
    ).split("\n");
    if (waited !== "0") throw new Error(`${host} has not applied within 30 s what ${primary} has`);
    const entries = new Map<string, number[]>();
    for (const row of rows) {
      const [id, message = ""] = row.split("\t");
      entries.set(message, [...(entries.get(message) ?? []), Number(id)]);
    }
    return [host, entries] as const;
  });
  return new Map(await Promise.all(each));
}
