import { setTimeout as sleep } from "node:timers/promises";
import { type Asked, startClients } from "./clients.ts";
import type { Fault } from "./fault.ts";
import { type Entries, judge, type Verdict } from "./judge.ts";
import type { Site } from "./site.ts";

/** One fault, from a whole site to a whole site, with clients all the time. */
export interface Round {
  readonly verdict: Verdict;
  readonly history: readonly Asked[];
}

/** Makes a fault once. Throws if the site is not whole before; what it is afterwards is part of the verdict. */
export async function round(site: Site, fault: Fault): Promise<Round> {
  await fault.prepare?.(site, await site.whole(SECONDS.whole));
  const before = await site.whole(SECONDS.whole);
  const newest = await site.sql(before.primary, "SELECT COALESCE(MAX(id), 0) FROM guestbook.entries");
  const clients = startClients(site.inventory);
  try {
    await sleep(SECONDS.calm * 1000);
    const moment = performance.now();
    await fault.bring(site, before);
    await sleep(fault.seconds * 1000);
    await fault.heal?.(site, before);
    const after = await site.whole(SECONDS.whole).catch((error: Error) => error);
    await sleep(SECONDS.calm * 1000);
    await clients.stop();
    const { history } = clients;
    const evidence = { history, moment, entries: new Map(), sums: [], takeovers: 0 };
    if (after instanceof Error) {
      const why = `the databases are no pair again after ${SECONDS.whole} s: ${after.message}`;
      return { history, verdict: { ...judge(evidence), faults: [why] } };
    }
    const entries = await entriesOf(site, after.primary, newest);
    const sums = await Promise.all(
      site.names("database").map((host) => site.sql(host, "CHECKSUM TABLE guestbook.entries")),
    );
    const takeovers = after.term - before.term;
    return { history, verdict: judge({ ...evidence, entries, sums, takeovers }) };
  } finally {
    await clients.stop();
    await fault.restore?.(site);
  }
}

// --- internal ---

/** `whole`: until every machine has booted and a database has been copied. */
const SECONDS = { whole: 180, calm: 2 } as const;

/** What each database has above a number, once it has all that the primary has. */
async function entriesOf(site: Site, primary: string, newest: string): Promise<ReadonlyMap<string, Entries>> {
  const set = await site.sql(primary, "SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '')");
  const each = site.names("database").map(async (host) => {
    const [waited, ...rows] = (
      await site.sql(
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
