import { type Context, fact, RefusedError, sh, UnsureError } from "../../engine/index.ts";
import { HEALTH } from "./manager.ts";

/** What one database machine says about itself. */
export interface DatabaseState {
  /** mysqld is installed. */
  readonly installed: boolean;
  /** mysqld answered. */
  readonly running: boolean;
  /** It has been a database before: it has transactions, or databases of its own. */
  readonly used: boolean;
  /**
   * It takes writes, and was used before. A mysqld with its package's settings takes writes, too, for example if a run was
   * killed between package and configuration. That one does not count.
   */
  readonly writable: boolean;
  /** What its manager knows of the store. */
  readonly store: StoreSays;
}

/** Who is what; or that the store does not know that yet, that it is away, or that there is no manager to ask. */
export type StoreSays = StoreKnows | "empty" | "away" | "no manager";

export interface StoreKnows {
  readonly term: number;
  readonly primary: string;
  /** The only one that may be promoted; null while the primary is alone. */
  readonly standby: string | null;
  /** Nobody is to be promoted. */
  readonly paused: boolean;
}

/** A database machine of the inventory. No state if it could not be reached. */
export interface Member {
  readonly name: string;
  readonly address: string;
  readonly state: DatabaseState | undefined;
}

export const databaseState = fact(
  "database state",
  sh`
    [ -x /usr/sbin/mysqld ] && echo installed
    echo "manager $(${HEALTH})"
    [ -x /usr/bin/mysql ] && mysql --no-defaults -NB --connect-timeout=5 -e "
      SELECT 'writable', @@GLOBAL.super_read_only = 0 AND @@GLOBAL.read_only = 0;
      SELECT 'used', @@GLOBAL.gtid_executed <> '' OR EXISTS (SELECT 1 FROM information_schema.schemata
        WHERE schema_name NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema'))"`,
  parseState,
);

/** Reads what the fact printed. */
export function parseState(output: string): DatabaseState {
  const words = new Map(
    output.split("\n").map((line) => {
      const [name = "", ...rest] = line.split(/\s/);
      return [name, rest.join(" ")] as const;
    }),
  );
  const used = words.get("used") === "1";
  return {
    installed: words.has("installed"),
    running: words.has("writable"),
    used,
    writable: words.get("writable") === "1" && used,
    store: storeOf(words.get("manager") ?? ""),
  };
}

/** The primary among the hosts of a run; see primaryOf. */
export function currentPrimary({ hosts, fact }: Pick<Context<unknown>, "hosts" | "fact">): Member {
  return primaryOf(membersOf({ hosts, fact }));
}

/** All databases, each with what it says of itself. */
export function membersOf({ hosts, fact }: Pick<Context<unknown>, "hosts" | "fact">): readonly Member[] {
  return hosts("database").map(({ name, address }) => ({ name, address, state: fact(databaseState, name) }));
}

/** Whether a run has to tell the store who the primary is: nobody who can ask it has found that it knows. */
export function storeIsEmpty(members: readonly Member[]): boolean {
  const says = members.flatMap(({ state }) => state?.store ?? []);
  return says.every((one) => one === "empty" || one === "no manager");
}

/** What the store says, by whoever has asked it. Of several who were asked at different times, the one with the newest term. */
export function namedBy(members: readonly Member[]): StoreKnows | undefined {
  return members
    .flatMap(({ state }) => (typeof state?.store === "object" ? state.store : []))
    .reduce<StoreKnows | undefined>((best, one) => (best && best.term >= one.term ? best : one), undefined);
}

/**
 * Says which machine is the primary. The machines decide: it is the one that takes writes, otherwise the one that the store
 * names. If none of them has ever been a database, it is the inventory's first. Throws RefusedError if they contradict each
 * other, and UnsureError if it cannot be known now.
 */
export function primaryOf(members: readonly Member[]): Member {
  const writable = members.filter(({ state }) => state?.writable);
  const named = namedBy(members);
  if (writable.length > 1) throw new RefusedError(twoWritable(writable));
  if (writable[0] && named && named.primary !== writable[0].name)
    throw new UnsureError(underWay(writable[0], named.primary));
  if (writable[0]) return writable[0];

  if (named) return reached(named, members);
  const away = members.filter(({ state }) => state === undefined);
  if (away.length > 0) throw new UnsureError(unsure(away, members));
  return newborn(members);
}

// --- internal ---

function storeOf(health: string): StoreSays {
  if (health === "") return "no manager";
  const { store } = JSON.parse(health);
  if (typeof store === "object" && store !== null) {
    const { term, primary, standby = null } = store.sync;
    return { term, primary, standby, paused: store.paused === true };
  }
  return /does not know yet/.test(store ?? "") ? "empty" : "away";
}

function reached({ primary: name, standby }: StoreKnows, members: readonly Member[]): Member {
  const member = members.find((one) => one.name === name);
  if (member?.state) return member;
  if (member)
    throw new UnsureError(
      `the store says that ${name} is the primary, and it cannot be reached. ${standby ? `If it is gone, ${standby} takes over within seconds: run again in a moment` : "Nobody may take over: it was alone, and has writes that the others lack. Bring it back and run again"}. Nothing was changed on any database.`,
    );
  throw new RefusedError(
    `the store says that ${name} is the primary, and the inventory has no such database; it has ${names(members)}. Nothing was changed on any database.`,
  );
}

function names(members: readonly Member[]): string {
  return members.map(({ name }) => name).join(" and ");
}

function twoWritable(writable: readonly Member[]): string {
  return [
    `two databases take writes: ${names(writable)}. Nothing was changed on any database.`,
    "Expected one. The managers end the one that the store does not name within seconds, if they run and reach the store: npm run status. Then run again.",
    "Rows that only that one has were never acknowledged, or written by hand.",
  ].join("\n");
}

function underWay(writable: Member, primary: string): string {
  return `${writable.name} takes writes, and the store says that ${primary} is the primary: a failover is under way. Nothing was changed on any database. Run again in a moment; npm run status says when it is over.`;
}

function unsure(away: readonly Member[], members: readonly Member[]): string {
  const rest = members.filter(({ state }) => state !== undefined);
  return [
    `no database that can be reached takes writes or knows who the primary is, and ${names(away)} cannot be reached: ${away.length > 1 ? "one of them" : "it"} may be the primary.`,
    `Reached: ${names(rest) || "none"}. Opening one of these could make a second primary, so the databases were left alone. Bring ${names(away)} back and run again.`,
  ].join("\n");
}

function newborn(members: readonly Member[]): Member {
  const used = members.filter(({ state }) => state?.used);
  const [first] = members;
  if (used.length === 0 && first) return first;
  if (members.some(({ state }) => state?.store === "away"))
    throw new UnsureError(
      "no database takes writes, and the managers do not reach a majority of the store, which knows who the primary is. Nothing was changed on any database. Bring the store back (npm run status; npm run provision -- --role etcd) and run again.",
    );
  throw new RefusedError(
    `no database takes writes, and the store does not know who the primary is, though ${names(used)} was set up before. Compare what they have: sudo mysql -e "SELECT @@GLOBAL.gtid_executed"; then, on the one that has most: ${SEED}; and run again.`,
  );
}

const SEED = "cd /srv/failover/current && sudo node failover.mjs seed /etc/quintet/failover.json $(hostname)";
