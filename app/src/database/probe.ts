import type { DatabaseState } from "./choose.ts";
import type { Client } from "./client.ts";
import { classifyFailure, failureCode } from "./failures.ts";
import type { Row, Session } from "./session.ts";

/** What the primary had executed at one moment (milliseconds since the epoch). Replicas are measured against it. */
export interface Snapshot {
  readonly gtidSet: string;
  readonly takenAt: number;
}

/** One database's answer, with what the next round needs. */
export interface ProbeResult {
  readonly state: DatabaseState;
  readonly executed?: string;
  /** When the newest snapshot was taken that this replica is known to contain; else, the first one that it lacked. */
  readonly currentAt?: number;
}

/** Asks one database for its role and how it replicates. Never throws: a failure is an answer too. */
export async function probeDatabase(
  client: Client,
  snapshot: Snapshot | undefined,
  previous: ProbeResult | undefined,
): Promise<ProbeResult> {
  try {
    return await client.useProbe((session) => ask(session, client.name, snapshot, previous));
  } catch (error) {
    return {
      state: { name: client.name, reachable: false, role: "unknown", error: failureCode(error) },
      ...(previous?.currentAt !== undefined && { currentAt: previous.currentAt }),
    };
  }
}

/**
 * Seconds that a replica is behind, measured by what it has executed; null without a snapshot. What the replica itself
 * says would be 0 while the connection to its source is cut, and nothing while its applier is stopped. It only helps if
 * the replica was behind before this program began to measure.
 */
export function lagSeconds(
  snapshot: Snapshot | undefined,
  contains: boolean,
  currentAt: number | undefined,
  saysItself: number,
  now: number,
): number | null {
  if (snapshot === undefined) return null;
  if (contains) return 0;
  return Math.max(Math.round((now - (currentAt ?? snapshot.takenAt)) / 100) / 10, saysItself);
}

const PROBE_MS = 1000;

async function ask(
  session: Session,
  name: string,
  snapshot: Snapshot | undefined,
  previous: ProbeResult | undefined,
): Promise<ProbeResult> {
  const [answer] = await session.rows(
    // Turning super_read_only off leaves read_only on, and then this user still may not write.
    `SELECT @@GLOBAL.super_read_only OR @@GLOBAL.read_only AS readOnly, @@GLOBAL.gtid_executed AS executed,
       GTID_SUBSET(?, @@GLOBAL.gtid_executed) AS containsSnapshot`,
    [snapshot?.gtidSet ?? ""],
    PROBE_MS,
  );
  const executed = String(answer?.["executed"] ?? "");
  if (Number(answer?.["readOnly"]) === 0) {
    const term = await askTerm(session);
    return {
      state: { name, reachable: true, role: "primary", ...(term !== undefined && { term }) },
      executed,
    };
  }

  const contains = snapshot !== undefined && Number(answer?.["containsSnapshot"]) === 1;
  const currentAt = contains ? snapshot.takenAt : (previous?.currentAt ?? snapshot?.takenAt);
  const { saysItself, ...replication } = await askReplication(session);
  const lag = lagSeconds(snapshot, contains, currentAt, saysItself, Date.now());
  return {
    state: { name, reachable: true, role: "replica", ...replication, lagSeconds: lag },
    executed,
    ...(currentAt !== undefined && { currentAt }),
  };
}

/** The manager of a database writes it. Without a manager there is no such table. */
async function askTerm(session: Session): Promise<number | undefined> {
  try {
    const [row] = await session.rows("SELECT term FROM quintet.failover WHERE id = 1", [], PROBE_MS);
    return row && Number(row["term"]);
  } catch (error) {
    if (classifyFailure(error) === "refused") return undefined;
    throw error;
  }
}

async function askReplication(
  session: Session,
): Promise<{ saysItself: number; replicating?: boolean; error?: string }> {
  try {
    const channels = await session.rows("SHOW REPLICA STATUS", [], PROBE_MS);
    const saysItself = Math.max(
      0,
      ...channels.map((channel) => Number(channel["Seconds_Behind_Source"] ?? 0)),
    );
    return { saysItself, replicating: channels.length > 0 && channels.every(isRunning) };
  } catch (error) {
    // Without this privilege the role and the lag are still known.
    if (failureCode(error) === "ER_SPECIFIC_ACCESS_DENIED_ERROR")
      return { saysItself: 0, error: failureCode(error) };
    throw error;
  }
}

function isRunning(channel: Row): boolean {
  return channel["Replica_IO_Running"] === "Yes" && channel["Replica_SQL_Running"] === "Yes";
}
