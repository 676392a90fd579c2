import { setTimeout as sleep } from "node:timers/promises";
import type { Requests } from "./requests.ts";
import type { Absent, Mysql, Store } from "./seen.ts";

/** What a manager says of its database at `/health`. */
export interface Health {
  readonly store: Store | string | null;
  readonly mysql: Mysql | Absent | null;
}

export interface RestartOptions {
  readonly me: string;
  readonly requests: Requests;
  /** This machine's manager; throws if it does not answer. */
  readonly health: () => Promise<Health>;
  /** Stops MySQL and starts it again. */
  readonly restart: () => Promise<void>;
  readonly log: (what: string) => void;
  /** Milliseconds that count as a second: more on slow machines. */
  readonly second: number;
}

/** Seconds of ordinary machines. */
const SECONDS = {
  /** A run restarts both, and the standby is to be first. */
  standbyFirst: 3,
  /** Another database restarts, and may have to be copied. */
  turn: 600,
  /** A replica becomes the standby. */
  standby: 60,
  switchover: 10,
  back: 600,
} as const;

/**
 * Restarts this machine's MySQL, one database at a time. A primary hands over to its standby before that, so nobody waits for
 * the restart, and is the primary again afterwards: the run has more for it. Throws if it cannot hand over, and then has
 * restarted nothing.
 */
export async function restartInTurn(options: RestartOptions): Promise<void> {
  const { me, requests, log, restart } = options;
  if ((await requests.sync())?.primary === me) await pause(options, SECONDS.standbyFirst);
  const giveBack = await turn(options);
  try {
    const was = (await requests.sync())?.primary === me && (await handOver(options));
    // MySQL 9.7 hangs if it is told to end while replication starts.
    if (was) await until(options, SECONDS.standby, "MySQL follows the new primary", () => isSettled(options));
    log("restarts MySQL");
    await restart();
    await until(options, SECONDS.back, "MySQL takes writes again, or follows", () => isSettled(options));
    if (was) await comeBack(options).catch((error: Error) => log(error.message));
  } finally {
    await giveBack().catch(() => undefined);
  }
}

// --- internal ---

const isStore = (store: Health["store"]): store is Store => typeof store === "object" && store !== null;

async function isSettled({ me, health }: RestartOptions): Promise<boolean> {
  const { store, mysql } = await health();
  if (!isStore(store) || mysql === null || typeof mysql === "string") return false;
  return store.sync.primary === me ? mysql.open : mysql.receives !== null;
}

async function turn(options: RestartOptions): Promise<() => Promise<void>> {
  let giveBack: (() => Promise<void>) | undefined;
  let told = "";
  await until(options, SECONDS.turn, "it is this machine's turn", async () => {
    const held = await options.requests.hold("restarting", options.me, 10);
    if (typeof held !== "string") giveBack = held;
    else if (held !== told) options.log(`waits for ${held}, which restarts its MySQL`);
    told = typeof held === "string" ? held : "";
    return giveBack !== undefined;
  });
  if (!giveBack) throw new Error("no turn");
  return giveBack;
}

/** Answers whether somebody has taken over. A primary without a standby restarts as it is. */
async function handOver(options: RestartOptions): Promise<boolean> {
  const { me, requests, log } = options;
  const { store } = await options.health();
  if (isStore(store) && store.paused)
    throw new Error("promotion is paused, so nobody may take over. MySQL was not restarted.");
  let standby: string | null = null;
  await until(options, SECONDS.standby, "there is a standby", async () => {
    standby = (await requests.sync())?.standby ?? null;
    return standby !== null;
  }).catch(() => log("there is no standby: nobody takes over"));
  const sync = await requests.sync();
  if (standby === null || sync?.primary !== me) return false;
  log(`hands over to ${standby}`);
  await switchTo(options, sync.term, standby).catch((error: Error) => {
    throw new Error(`${error.message}. MySQL was not restarted.`);
  });
  return true;
}

async function comeBack(options: RestartOptions): Promise<void> {
  const { me, requests, log } = options;
  await until(
    options,
    SECONDS.standby,
    `${me} is the standby`,
    async () => (await requests.sync())?.standby === me,
  );
  log("becomes the primary again");
  await switchTo(options, (await requests.sync())?.term ?? 0, me);
}

/** Requests another primary of the term after this one, until it is. What does not come true is withdrawn. */
async function switchTo(options: RestartOptions, term: number, name: string): Promise<void> {
  const withdraw = await options.requests.requestPrimary(term, name, SECONDS.switchover);
  try {
    await until(options, SECONDS.switchover, `${name} is the primary`, async () => {
      return (await options.requests.sync())?.primary === name;
    });
  } finally {
    await withdraw().catch(() => undefined);
  }
}

const pause = ({ second }: RestartOptions, seconds: number) => sleep(seconds * second);

/** Throws if it is not so after this time. What cannot be asked is not so. */
async function until(
  { second }: RestartOptions,
  seconds: number,
  what: string,
  is: () => Promise<boolean>,
): Promise<void> {
  for (let left = seconds * 2; left > 0; left--) {
    if (await is().catch(() => false)) return;
    await sleep(second / 2);
  }
  throw new Error(`waited ${(seconds * second) / 1000} s in vain until ${what}`);
}
