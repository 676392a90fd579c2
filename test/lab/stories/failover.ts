import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import {
  DATABASES,
  isAlone,
  isPrimary,
  pair,
  primaryIs,
  signal,
  sql,
  steps,
  told,
  wants,
} from "../databases.ts";
import { eventually, inside, lab } from "../machines.ts";
import { visitors } from "../visitors.ts";

const STORE = ["web-01", "web-02", "web-03"];

/** All faults are tried if this is set, which takes six minutes more. Without it those that happen most. */
const all = process.env["ALL_FAULTS"] !== undefined;

/** The managers of the databases, and what visitors see while databases die. */
export function failover(): void {
  describe("the managers of the databases", () => {
    afterAll(() => primaryIs("db-01"));

    test("make the two databases a pair", async () => {
      const { primary, standby, term } = await pair();
      const written = await sql(standby, "SELECT CONCAT_WS(' ', term, primary_name) FROM quintet.failover");
      expect(written).toBe(`${term} ${primary}`);
    });

    test("the primary's MySQL is killed: the other one takes over, and the first one follows it", async () => {
      const { primary, standby } = await pair();
      const crowd = crowded();
      await signal(primary, "KILL");
      await eventually(10, () => isPrimary(standby));
      await pair(standby);
      await nothingLost(crowd);
    });

    test.runIf(all)("the primary's MySQL freezes: the other one takes over, and it is ended", async () => {
      const { primary, standby } = await pair();
      const crowd = crowded();
      await signal(primary, "STOP");
      await eventually(15, () => isPrimary(standby));
      await pair(standby);
      await nothingLost(crowd);
    });

    test.runIf(all)(
      "the primary's machine loses its power: the other one takes over and goes on alone",
      async () => {
        const { primary, standby } = await pair();
        const crowd = crowded();
        await lab.stop([primary], { kill: true });
        await eventually(15, () => isPrimary(standby));
        await eventually(10, () => isAlone(standby));
        await lab.start([primary]);
        await pair(standby);
        await nothingLost(crowd);
      },
    );

    test.runIf(all)(
      "the primary is cut off: it acknowledges nothing, and follows when it is back",
      async () => {
        const { primary, standby } = await pair();
        const crowd = crowded();
        await lab.cut([primary]);
        await eventually(15, () => isPrimary(standby));
        await lab.heal([primary]);
        await pair(standby);
        await nothingLost(crowd);
      },
    );

    test.runIf(all).each(["KILL", "STOP"])("the standby's MySQL gets %s: writes go on", async (name) => {
      const { primary, standby } = await pair();
      const crowd = crowded();
      await signal(standby, name);
      await eventually(10, () => isAlone(primary));
      await pair(primary);
      await nothingLost(crowd, 0);
    });

    test.runIf(all)("the standby loses its power: the primary goes on alone", async () => {
      const { primary, standby } = await pair();
      const crowd = crowded();
      await lab.stop([standby], { kill: true });
      await eventually(10, () => isAlone(primary));
      await new Promise((resolve) => setTimeout(resolve, 2000));
      await lab.start([standby]);
      await pair(primary);
      await nothingLost(crowd, 0);
    });

    test.runIf(all)("a manager is killed: nobody else becomes the primary", async () => {
      const { primary, term } = await pair();
      const crowd = crowded();
      await inside(primary, "systemctl kill --signal=KILL failover");
      expect((await pair(primary)).term).toBe(term);
      await nothingLost(crowd, 0);
    });

    test.runIf(all)("a manager freezes for longer than its lease: the other one takes over", async () => {
      const { primary, standby } = await pair();
      const crowd = crowded();
      await inside(primary, "systemctl kill --signal=STOP failover");
      await eventually(15, () => isPrimary(standby));
      await inside(primary, "systemctl kill --signal=CONT failover");
      await pair(standby);
      await nothingLost(crowd);
    });

    test.runIf(all)("the store is away: the site goes on, and nothing is promoted", async () => {
      const { primary, term } = await pair();
      const crowd = crowded();
      for (const host of STORE.slice(1)) await inside(host, "systemctl stop etcd");
      await eventually(10, async () => expect((await told(primary)).store).toMatch(/./));
      await new Promise((resolve) => setTimeout(resolve, 5000));
      for (const host of STORE.slice(1)) await inside(host, "systemctl start etcd --no-block");
      expect((await pair(primary)).term).toBe(term);
      await nothingLost(crowd, 0);
    });

    test("somebody lets commits go without waiting: the store knows, and they wait again", async () => {
      const { primary } = await pair();
      const before = await steps(primary, "go on alone");
      await sql(primary, "SET GLOBAL rpl_semi_sync_source_enabled = OFF");
      await eventually(10, async () => expect(await steps(primary, "go on alone")).toBeGreaterThan(before));
      await pair(primary);
    });

    test("a former primary that has more than the new one throws that away, for a copy", async () => {
      const { primary, standby } = await pair();
      const stray =
        "SET GLOBAL super_read_only = OFF; CREATE DATABASE stray; SET GLOBAL super_read_only = ON";
      await sql(standby, stray);
      await signal(standby, "KILL");
      await pair(primary);
      expect(await sql(standby, "SHOW DATABASES LIKE 'stray'")).toBe("");
    });

    test("people may have the other one: no write is lost by it, and none fails", async () => {
      const { standby } = await pair();
      const crowd = crowded();
      await wants(standby);
      await eventually(10, () => isPrimary(standby));
      await pair(standby);
      await nothingLost(crowd, 0);
    });
  });
}

// --- internal ---

/** Visitors who go when the test ends, however it ends. */
function crowded() {
  const crowd = visitors();
  let stopped: ReturnType<typeof crowd.stop> | undefined;
  const stop = () => {
    stopped ??= crowd.stop();
    return stopped;
  };
  onTestFinished(() => void stop());
  return { stop };
}

/** Each write that a visitor was told is safe is on both databases, once; and they have the same. */
async function nothingLost(crowd: ReturnType<typeof crowded>, mostFailures = 1000): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const { written, failures, answered } = await crowd.stop();
  expect(answered).toBeGreaterThan(20);
  expect(failures.filter((failure) => !/POST .*: 50[234]$/.test(failure))).toEqual([]);
  expect(failures.length).toBeLessThanOrEqual(mostFailures);
  expect(new Set(written).size).toBe(written.length);
  const { store } = await told("db-01");
  const set = await sql(store.sync.primary, "SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '')");
  for (const host of DATABASES) {
    const found = await sql(
      host,
      `SELECT WAIT_FOR_EXECUTED_GTID_SET('${set}', 10); SELECT COUNT(*) FROM guestbook.entries WHERE id IN (${[0, ...written].join()})`,
    );
    expect([host, found]).toEqual([host, `0\n${written.length}`]);
  }
  const sums = await Promise.all(DATABASES.map((host) => sql(host, "CHECKSUM TABLE guestbook.entries")));
  expect(new Set(sums).size).toBe(1);
}
