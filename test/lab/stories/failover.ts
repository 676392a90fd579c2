import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { play } from "../../../engine/index.ts";
import { readInventory } from "../../../engine/model/inventory/index.ts";
import { provision as runEngine } from "../../../engine/run/run.ts";
import { failover as role } from "../../../roles/failover/index.ts";
import { FILES, PROGRAM } from "../../../roles/failover/places.ts";
import { FAILOVER_KEYS } from "../../../roles/shared/store.ts";
import site from "../../../site.ts";
import { eventually, hosts, INVENTORY, inside, lab, provision, smoke } from "../machines.ts";
import { visitors } from "../visitors.ts";

const DATABASES = ["db-01", "db-02"];
const STORE = ["web-01", "web-02", "web-03"];

/** All faults are tried if this is set, which takes six minutes more. Without it those that happen most. */
const all = process.env["ALL_FAULTS"] !== undefined;

/** The managers, on machines that are handed over to them and back: no site has the role yet. */
export function failover(): void {
  describe("the managers of the databases", () => {
    beforeAll(handOver);
    afterAll(handBack);

    test("make the two databases a pair", async () => {
      const { primary, standby, term } = await pair();
      const written = await sql(standby, "SELECT CONCAT_WS(' ', term, primary_name) FROM quintet.failover");
      expect(written).toBe(`${term} ${primary}`);
    });

    test("the primary's MySQL is killed: the other one takes over, and the first one follows it", async () => {
      const { primary, standby } = await pair();
      const crowd = crowded();
      await mysql(primary, "KILL");
      await eventually(10, () => isPrimary(standby));
      await pair(standby);
      await nothingLost(crowd);
    });

    test.runIf(all)("the primary's MySQL freezes: the other one takes over, and it is ended", async () => {
      const { primary, standby } = await pair();
      const crowd = crowded();
      await mysql(primary, "STOP");
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

    test.runIf(all).each(["KILL", "STOP"])("the standby's MySQL gets %s: writes go on", async (signal) => {
      const { primary, standby } = await pair();
      const crowd = crowded();
      await mysql(standby, signal);
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
      await mysql(standby, "KILL");
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

const OPENS = "/etc/systemd/system/mysql-role.service";

/** Managers on both databases, and a store that knows who the primary is. MySQL's own start opens nothing any more. */
async function handOver(): Promise<void> {
  for (const host of DATABASES)
    await inside(
      host,
      `systemctl stop mysql-role; [ ! -e ${OPENS} ] || mv ${OPENS} /root/; systemctl daemon-reload`,
    );
  const code = await runEngine(
    {
      inventory: readInventory(INVENTORY),
      site: [...site, play("database", [role()])],
      mode: "apply",
      roles: ["firewall", "failover"],
    },
    () => undefined,
  );
  expect(code).toBe(0);
  await inside("db-01", `cd ${PROGRAM}/current && node failover.mjs seed ${FILES.configuration} db-01`);
}

/** As a run would have it. */
async function handBack(): Promise<void> {
  const { primary } = await pair();
  if (primary !== "db-01") await wants("db-01");
  await pair("db-01");
  const end = `
    systemctl disable --now failover; rm -f /etc/systemd/system/failover.service /etc/quintet/failover*; rm -rf ${PROGRAM}
    mv /root/mysql-role.service ${OPENS}; systemctl daemon-reload; systemctl restart mysql-role`;
  await inside("db-01", `echo primary >/var/lib/quintet/mysql-role; ${end}`);
  await inside("db-02", `echo replica >/var/lib/quintet/mysql-role; ${end}`);
  await sql("db-01", "DROP DATABASE IF EXISTS quintet");
  await ctl(`del --prefix ${FAILOVER_KEYS}`);
  expect((await provision()).exitCode).toBe(0);
  expect((await provision()).changed).toEqual([]);
  await eventually(60, () => smoke("--gentle"));
}

const ctl = (command: string) => inside("web-01", `/usr/local/lib/quintet/etcdctl ${command}`);

const sql = (host: string, statements: string) => inside(host, `mysql --no-defaults -NB -e "${statements}"`);

const mysql = (host: string, signal: string) => inside(host, `systemctl kill --signal=${signal} mysql`);

/** What a machine's manager says about itself. */
async function told(host: string) {
  return JSON.parse(await asked(host, "health"));
}

async function asked(host: string, what: string): Promise<string> {
  const address = hosts.find(({ name }) => name === host)?.address;
  return inside(host, `curl -s --max-time 2 --cacert ${FILES.authority} https://${address}:8405/${what}`);
}

/** How often a manager has done a step since its start. */
async function steps(host: string, step: string): Promise<number> {
  const found = new RegExp(`_steps_total\\{step="${step}"\\} (\\d+)`).exec(await asked(host, "metrics"));
  return Number(found?.[1] ?? 0);
}

async function isPrimary(host: string): Promise<void> {
  const { store, mysql } = await told(host);
  expect([store.sync.primary, mysql.open]).toEqual([host, true]);
}

async function isAlone(host: string): Promise<void> {
  expect((await told(host)).store.sync).toMatchObject({ primary: host, standby: null });
}

/** Waits for a pair: a primary that takes writes and waits for its standby, which follows it. Of any two, or with this primary. */
async function pair(wanted?: string): Promise<{ primary: string; standby: string; term: number }> {
  let found = { primary: "", standby: "", term: 0 };
  await eventually(90, async () => {
    const { primary, standby, term } = (await told("db-01")).store.sync;
    found = { primary, standby, term };
    expect(new Set([primary, standby])).toEqual(new Set(DATABASES));
    const [one, other] = [await told(primary), await told(standby)];
    expect([one.store.leader, wanted ?? primary]).toEqual([primary, primary]);
    expect([one.mysql, other.mysql]).toMatchObject([
      { open: true, waits: true },
      { open: false, receives: primary },
    ]);
  });
  return found;
}

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

async function wants(name: string): Promise<void> {
  const { store } = await told(name);
  await ctl(`put ${FAILOVER_KEYS}wanted '${store.sync.term} ${name}'`);
}
