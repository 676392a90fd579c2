import type { Database } from "./database.ts";
import { kill } from "./process.ts";
import { ADMITTING, CLONE, LET_COMMITS_GO, MAKE_COMMITS_WAIT, OWN_ROW, SOURCE } from "./statements.ts";

/** What the steps need beside MySQL. */
export interface StepOptions {
  readonly me: string;
  /** Password of the account `replication`, read when it is needed: it may have changed. */
  readonly password: () => string;
  readonly addressOf: (database: string) => string;
  readonly log: (what: string) => void;
}

/** Each step of a manager that changes MySQL. Each throws if it has not come to its end; then it is done again. */
export function stepsOn(database: Database, { me, password, addressOf, log }: StepOptions) {
  const { session } = database;
  const run = async (...statements: readonly string[]) => {
    for (const statement of statements) await session.query(statement);
  };

  let thrownAway: unknown;

  /** All that was received is applied. What is in the relay log would be lost by what follows. */
  async function applyAll(): Promise<void> {
    const row = await session.observe();
    if (!row["source"]) return;
    const received = String(row["received"]);
    if (row["applier"] !== "ON") await run("START REPLICA SQL_THREAD");
    const [waited] = await session.query("SELECT WAIT_FOR_EXECUTED_GTID_SET(?, 0.5) AS late", [received]);
    if (Number(waited?.["late"]) !== 0) throw new Error("not all that was received is applied yet");
  }

  async function writeTerm(term: number): Promise<void> {
    try {
      await session.query(OWN_ROW.write, [term, me]);
    } catch (error) {
      if (!NOT_THERE.has((error as { errno?: number }).errno)) throw error;
      await run(...OWN_ROW.make);
      await session.query(OWN_ROW.write, [term, me]);
    }
  }

  return {
    /** Stops receiving: from now on the old primary gets no confirmation from here. */
    revoke: () => run("STOP REPLICA IO_THREAD"),

    /** Takes writes. First only those of administrators, so that whoever may write finds the term. */
    async open(waits: boolean, term: number): Promise<void> {
      await applyAll();
      await run("STOP REPLICA", "RESET REPLICA ALL", ...(waits ? MAKE_COMMITS_WAIT : [LET_COMMITS_GO]));
      await run("SET GLOBAL read_only = ON", "SET GLOBAL super_read_only = OFF");
      // If commits wait, its standby knows the term already.
      if (!waits) await writeTerm(term);
      await run("SET GLOBAL read_only = OFF");
    },

    /** Takes no writes any more. Throws if a commit waits: the lock that this needs comes behind it. */
    async close(): Promise<void> {
      await run("SET SESSION lock_wait_timeout = 1");
      try {
        await session.query("SET GLOBAL super_read_only = ON", [], 2 * 1000);
      } finally {
        await run("SET SESSION lock_wait_timeout = DEFAULT").catch(() => undefined);
      }
    },

    kill(): void {
      const process = database.process;
      session.close();
      if (process) kill(process);
    },

    /** Lets only this database receive from here, or all. Whoever receives and may not is cut off. What others have stays. */
    async admit(only: string | null): Promise<void> {
      const address = only === null ? null : addressOf(only);
      const [row] = await session.query(ADMITTING.readOnly);
      const closed = Number(row?.["super_read_only"]) === 1;
      // An account of one machine only. No client may write meanwhile: only administrators may.
      if (closed) await run("SET GLOBAL read_only = ON", "SET GLOBAL super_read_only = OFF");
      try {
        await run("SET SESSION sql_log_bin = 0");
        for (const { host } of await session.query(ADMITTING.accounts))
          await session.query(address === null || host === address ? ADMITTING.unlock : ADMITTING.lock, [
            `${host}`,
          ]);
        for (const { id, host } of await session.query(ADMITTING.connections))
          if (address !== null && host !== address)
            await session.query(ADMITTING.cut, [Number(id)]).catch(() => undefined);
      } finally {
        await run("SET SESSION sql_log_bin = 1");
        if (closed) await run("SET GLOBAL super_read_only = ON");
      }
    },

    makeCommitsWait: () => run(...MAKE_COMMITS_WAIT),
    letCommitsGo: () => run(LET_COMMITS_GO),

    /** Writes its own row, and so knows that a replica confirms. */
    async probe(term: number): Promise<void> {
      await writeTerm(term);
      database.confirmed();
    },

    /** Receives from another database. If it did so before, it goes on: a new start would forget what is not applied yet. */
    async attach(to: string): Promise<void> {
      await run("SET GLOBAL super_read_only = ON", LET_COMMITS_GO);
      const row = await session.observe();
      if (row["source"] !== addressOf(to) || row["receiver_error"] !== 0) {
        await applyAll();
        await run("STOP REPLICA");
        await session.query(SOURCE, [addressOf(to), password()]);
      }
      await run("START REPLICA");
    },

    /** Throws away all that this database has, for a copy of another one. It ends with a restart of MySQL. */
    async clone(from: string): Promise<void> {
      const row = await session.observe();
      // A copy that fails is tried again twice a second.
      if (thrownAway !== row["executed"]) log(`the copy replaces what this database has: ${row["executed"]}`);
      thrownAway = row["executed"];
      await run(LET_COMMITS_GO, "STOP REPLICA", "RESET REPLICA ALL");
      // MySQL drops its databases as whoever has asked for it: an administrator, who may, while clients may not.
      await run("SET GLOBAL read_only = ON", "SET GLOBAL super_read_only = OFF");
      await session.query(CLONE.from, [`${addressOf(from)}:3306`]);
      await run(CLONE.verify);
      await session.query(CLONE.start, [addressOf(from), password()], HOUR);
    },
  };
}

export type Steps = ReturnType<typeof stepsOn>;

// --- internal ---

const HOUR = 3_600_000;

/** No such database, no such table. */
const NOT_THERE: ReadonlySet<number | undefined> = new Set([1049, 1146]);
