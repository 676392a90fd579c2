import { afterAll, beforeAll, describe, expect, test } from "vitest";
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

/** The managers, on machines that are handed over to them and back: no site has the role yet. */
export function failover(): void {
  describe("the managers of the databases", () => {
    beforeAll(handOver);
    afterAll(handBack);

    test("make the two databases a pair", async () => {
      await eventually(30, () => whole({ primary: "db-01" }));
      const term = await sql("db-02", "SELECT CONCAT_WS(' ', term, primary_name) FROM quintet.failover");
      expect(term).toBe("1 db-01");
    });

    test("the primary's MySQL is killed: the other one takes over, and the first one follows it", async () => {
      const crowd = visitors();
      await kill("db-01", "KILL");
      await eventually(10, () => isPrimary("db-02"));
      await eventually(40, () => whole({ primary: "db-02" }));
      await nothingLost(crowd);
    });

    test("the primary's MySQL freezes: it is ended, and the other one takes over", async () => {
      const crowd = visitors();
      await kill("db-02", "STOP");
      await eventually(15, () => isPrimary("db-01"));
      await eventually(40, () => whole({ primary: "db-01" }));
      await nothingLost(crowd);
    });

    test("the primary's machine loses its power: the other one takes over and goes on alone", async () => {
      const crowd = visitors();
      await lab.stop(["db-01"], { kill: true });
      await eventually(15, () => isPrimary("db-02"));
      await eventually(10, async () => expect((await told("db-02")).store.sync.standby).toBe(null));
      await lab.start(["db-01"]);
      await eventually(60, () => whole({ primary: "db-02" }));
      await nothingLost(crowd);
    });

    test("the primary is cut off from everything: it acknowledges nothing, and follows when it is back", async () => {
      const crowd = visitors();
      await lab.cut(["db-02"]);
      await eventually(15, () => isPrimary("db-01"));
      await lab.heal(["db-02"]);
      await eventually(60, () => whole({ primary: "db-01" }));
      await nothingLost(crowd);
    });

    test("the standby's MySQL is killed, or freezes: writes go on, and it is the standby again", async () => {
      for (const signal of ["KILL", "STOP"]) {
        const crowd = visitors();
        await kill("db-02", signal);
        await eventually(10, async () => expect((await told("db-01")).store.sync.standby).toBe(null));
        await eventually(60, () => whole({ primary: "db-01" }));
        await nothingLost(crowd, 0);
      }
    });

    test("the standby loses its power: the primary goes on alone, and is never without the newest writes", async () => {
      const crowd = visitors();
      await lab.stop(["db-02"], { kill: true });
      await eventually(10, async () => expect((await told("db-01")).store.sync.standby).toBe(null));
      await new Promise((resolve) => setTimeout(resolve, 2000));
      await lab.start(["db-02"]);
      await eventually(60, () => whole({ primary: "db-01" }));
      await nothingLost(crowd, 0);
    });

    test("a manager is killed: nobody else becomes the primary", async () => {
      const before = (await told("db-01")).store.sync;
      const crowd = visitors();
      await inside("db-01", "systemctl kill --signal=KILL failover");
      await eventually(30, () => whole({ primary: "db-01" }));
      expect((await told("db-01")).store.sync.term).toBe(before.term);
      await nothingLost(crowd, 0);
    });

    test("a manager freezes for longer than its lease: the other database takes over", async () => {
      const crowd = visitors();
      await inside("db-01", "systemctl kill --signal=STOP failover");
      await eventually(15, () => isPrimary("db-02"));
      await inside("db-01", "systemctl kill --signal=CONT failover");
      await eventually(40, () => whole({ primary: "db-02" }));
      await nothingLost(crowd);
    });

    test("the store is away: the site goes on, and nothing is promoted", async () => {
      const before = (await told("db-02")).store.sync;
      const crowd = visitors();
      for (const host of STORE.slice(1)) await inside(host, "systemctl stop etcd");
      await eventually(10, async () => expect((await told("db-02")).store).toMatch(/./));
      await new Promise((resolve) => setTimeout(resolve, 5000));
      for (const host of STORE.slice(1)) await inside(host, "systemctl start etcd --no-block");
      await eventually(40, () => whole({ primary: "db-02" }));
      expect((await told("db-02")).store.sync.term).toBe(before.term);
      await nothingLost(crowd, 0);
    });

    test("somebody lets commits go without waiting: the manager says so in the store, and makes them wait again", async () => {
      const before = await steps("db-02", "go on alone");
      await sql("db-02", "SET GLOBAL rpl_semi_sync_source_enabled = OFF");
      await eventually(10, async () => expect(await steps("db-02", "go on alone")).toBeGreaterThan(before));
      await eventually(30, () => whole({ primary: "db-02" }));
    });

    test("a former primary that has more than the new one is thrown away, and copied", async () => {
      await sql(
        "db-01",
        "SET GLOBAL super_read_only = OFF; CREATE DATABASE stray; SET GLOBAL super_read_only = ON",
      );
      await kill("db-01", "KILL");
      await eventually(90, () => whole({ primary: "db-02" }));
      expect(await sql("db-01", "SHOW DATABASES LIKE 'stray'")).toBe("");
    });

    test("people may have the other one: no write is lost by it, and none fails", async () => {
      const crowd = visitors();
      await wants("db-01");
      await eventually(10, () => isPrimary("db-01"));
      await eventually(40, () => whole({ primary: "db-01" }));
      await nothingLost(crowd, 0);
    });
  });
}

// --- internal ---

/** Managers on both databases, and a store that knows who the primary is. MySQL's own start opens nothing any more. */
async function handOver(): Promise<void> {
  for (const host of DATABASES) await inside(host, "systemctl mask --now mysql-role");
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
  const end = `
    systemctl disable --now failover; rm -f /etc/systemd/system/failover.service /etc/quintet/failover*; rm -rf ${PROGRAM}
    systemctl unmask mysql-role; systemctl daemon-reload; systemctl restart mysql-role`;
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

const kill = (host: string, signal: string) => inside(host, `kill -${signal} $(cat /run/mysqld/mysqld.pid)`);

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

/** One primary that takes writes and waits for its standby, which follows it. */
async function whole({ primary }: { primary: string }): Promise<void> {
  const standby = DATABASES.find((name) => name !== primary) ?? "";
  const [one, other] = [await told(primary), await told(standby)];
  expect(one.store).toMatchObject({ sync: { primary, standby }, leader: primary });
  expect([one.mysql, other.mysql]).toMatchObject([
    { open: true, waits: true },
    { open: false, receives: primary },
  ]);
}

/** Each write that a visitor was told is safe is on both databases, once; and they have the same. */
async function nothingLost(crowd: ReturnType<typeof visitors>, mostFailures = 1000): Promise<void> {
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
