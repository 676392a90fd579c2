import { fact, RefusedError, sh, UnsureError } from "../../engine/index.ts";

/** What one database machine says about itself. */
export interface DatabaseState {
  /** mysqld is installed. */
  readonly installed: boolean;
  /** mysqld answered. */
  readonly running: boolean;
  /**
   * It takes writes (super_read_only is off) and has been a database before. A mysqld with its package's settings takes
   * writes, too, for example if a run was killed between package and configuration. That one does not count.
   */
  readonly writable: boolean;
  /** Address it replicates from; empty when it replicates from nobody. */
  readonly source: string;
  /** What the last run made of the machine. Survives reboots and power cuts. */
  readonly mark: "primary" | "replica" | "";
}

/** A database machine of the inventory. No state if it could not be reached. */
export interface Member {
  readonly name: string;
  readonly address: string;
  readonly state: DatabaseState | undefined;
}

/** File with a machine's mark. It is outside of the data directory, which CLONE replaces. */
export const MARK = "/var/lib/quintet/mysql-role";

export const databaseState = fact(
  "database state",
  sh`
    [ -x /usr/sbin/mysqld ] && echo installed
    echo "mark $(cat ${MARK} 2>/dev/null)"
    [ -x /usr/bin/mysql ] && mysql --no-defaults -NB --connect-timeout=5 -e "
      SELECT 'writable', @@GLOBAL.super_read_only = 0;
      SELECT 'used', @@GLOBAL.gtid_executed <> '' OR EXISTS (SELECT 1 FROM information_schema.schemata
        WHERE schema_name NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema'));
      SELECT 'source', HOST FROM performance_schema.replication_connection_configuration WHERE CHANNEL_NAME = ''"`,
  parseState,
);

/** Reads what the fact printed. */
export function parseState(output: string): DatabaseState {
  const words = new Map(
    output.split("\n").map((line) => [line.split(/\s/)[0] ?? "", line.split(/\s/)[1] ?? ""]),
  );
  const mark = words.get("mark") ?? "";
  const used = mark !== "" || words.get("used") === "1";
  return {
    installed: words.has("installed"),
    running: words.has("writable"),
    writable: words.get("writable") === "1" && used,
    source: words.get("source") ?? "",
    mark: mark === "primary" || mark === "replica" ? mark : "",
  };
}

/**
 * Says which machine is the primary. The machines decide: it is the one that takes writes, otherwise the one with the
 * mark. If none of them has ever been a database, it is the inventory's first. Throws RefusedError if they contradict
 * each other, and UnsureError if the one that may be it cannot be reached.
 */
export function primaryOf(members: readonly Member[]): Member {
  const writable = members.filter(({ state }) => state?.writable);
  if (writable.length > 1) throw new RefusedError(twoWritable(writable));
  if (writable[0]) return writable[0];

  const away = members.filter(({ state }) => state === undefined);
  if (away.length > 0) throw new UnsureError(unsure(away, members));

  const marked = members.filter(({ state }) => state?.mark === "primary");
  if (marked.length > 1) throw new RefusedError(twoMarked(marked));
  if (marked[0]) return agreed(marked[0], members);
  return newborn(members);
}

// --- internal ---

function names(members: readonly Member[]): string {
  return members.map(({ name }) => name).join(" and ");
}

function twoWritable(writable: readonly Member[]): string {
  return [
    `two databases take writes: ${names(writable)}. Nothing was changed on any database.`,
    "Expected one. Writes on both cannot be merged by a machine: find out which one the site used (its newest rows), then on the other:",
    '  sudo mysql -e "SET GLOBAL super_read_only = ON"',
    "Rows that only that one has are kept there until you have looked at them.",
  ].join("\n");
}

function twoMarked(marked: readonly Member[]): string {
  return [
    `${names(marked)} each carry the mark of the primary (${MARK}), and neither takes writes, so the machines cannot say who it is.`,
    'Compare their transactions: sudo mysql -e "SELECT @@GLOBAL.gtid_executed"; then on the one with fewer: echo replica | sudo tee ' +
      MARK,
  ].join("\n");
}

function unsure(away: readonly Member[], members: readonly Member[]): string {
  const rest = members.filter(({ state }) => state !== undefined);
  return [
    `no database that can be reached takes writes, and ${names(away)} cannot be reached: ${away.length > 1 ? "one of them" : "it"} may be the primary.`,
    `Reached: ${names(rest) || "none"}. Opening one of these could make a second primary, so the databases were left alone. Bring ${names(away)} back and run again.`,
  ].join("\n");
}

/**
 * The marked machine. Throws RefusedError if another one replicates from elsewhere: somebody was promoted meanwhile.
 */
function agreed(marked: Member, members: readonly Member[]): Member {
  const others = members.filter(
    ({ name, state }) => name !== marked.name && state?.source && state.source !== marked.address,
  );
  if (marked.state?.source === "" && others.length === 0) return marked;
  const sources = [marked, ...others].map(
    ({ name, state }) => `${name} replicates from ${state?.source || "nobody"}`,
  );
  throw new RefusedError(
    `${marked.name} carries the mark of the primary (${MARK}), but the topology says otherwise: ${sources.join(", ")}. Nothing was changed on any database.`,
  );
}

function newborn(members: readonly Member[]): Member {
  const used = members.filter(({ state }) => state?.mark || state?.source);
  const [first] = members;
  if (used.length === 0 && first) return first;
  throw new RefusedError(
    `no database takes writes and none carries the mark of the primary (${MARK}), though ${names(used)} was set up before. Put "primary" into that file on the machine with the newest data and run again.`,
  );
}
