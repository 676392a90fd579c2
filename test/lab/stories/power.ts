import { describe, expect, test } from "vitest";
import { eventually, inside, lab, provision, smoke, visit } from "../machines.ts";

const ALL = ["web-01", "web-02", "web-03", "db-01", "db-02"];
const readOnly = (host: string) =>
  inside(host, "mysql --no-defaults -NB -e 'SELECT @@GLOBAL.super_read_only'");
const reason = (host: string) => inside(host, "journalctl -b -u mysql-role -o cat --no-pager | tail -n 1");

async function stays(host: string, why: RegExp): Promise<void> {
  await eventually(30, async () => expect(await reason(host)).toMatch(why));
  expect(await readOnly(host)).toBe("1");
}

/** Reboots and power losses. Everything comes back by itself, without a run. */
export function power(): void {
  describe("after the power comes back", () => {
    test.each([
      ["the primary and a web machine were rebooted", ["db-01", "web-01"], false],
      ["the primary lost its power", ["db-01"], true],
      ["the replica lost its power", ["db-02"], true],
      ["both databases lost their power", ["db-01", "db-02"], true],
      ["all five lost their power", ALL, true],
    ] as const)("%s: the site works again, and no run is needed", async (_, hosts, kill) => {
      await lab.stop(hosts, { kill });
      await lab.start(hosts);
      await eventually(90, () => smoke("--gentle"));
      const run = await provision("--check");
      expect([run.exitCode, run.changed]).toEqual([0, []]);
    });

    test("power that goes while dpkg works: the next run takes it up, says so, and converges", async () => {
      await inside("web-03", "apt-get -q -y purge nsd haproxy >/dev/null 2>&1");
      const installing = lab.execIn("web-03", [
        "sh",
        "-c",
        "DEBIAN_FRONTEND=noninteractive apt-get -q -y install nsd haproxy vim-runtime",
      ]);
      installing.catch(() => undefined);
      const BROKEN =
        "ls /var/lib/dpkg/updates/[0-9]* || grep -E '^Status: .*(half-|unpacked|reinstreq)' /var/lib/dpkg/status";
      await eventually(60, () => inside("web-03", BROKEN));
      await lab.stop(["web-03"], { kill: true });
      await lab.start(["web-03"]);
      await inside("web-03", BROKEN);
      const plan = await provision("--check", "--limit", "web-03");
      expect(plan.changed).toContain("web-03 base dpkg[whole]");
      const run = await provision("--limit", "web-03");
      expect([run.exitCode, run.changed.includes("web-03 base dpkg[whole]")]).toEqual([0, true]);
      expect((await provision("--limit", "web-03")).changed).toEqual([]);
      await inside("web-03", "apt-get -q -y purge vim-runtime >/dev/null 2>&1");
    });

    test("a primary stays read-only until its replica answers, and says why", async () => {
      await lab.stop(["db-02"]);
      await lab.stop(["db-01"], { kill: true });
      await lab.start(["db-01"]);
      await stays("db-01", /db-02 does not answer/);
      await lab.start(["db-02"]);
      await eventually(60, () => smoke("--gentle"));
    });
  });

  describe("the machines, not the inventory, decide who is the primary:", () => {
    test("two writable databases stop the run, and it changes neither", async () => {
      await inside(
        "db-02",
        "mysql --no-defaults -e 'SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF'",
      );
      const run = await provision();
      expect(run.exitCode).toBe(3);
      expect(run.stderr).toContain("two databases take writes: db-01 and db-02");
      expect(run.changed).toEqual([]);
      const web = await provision("--role", "nginx");
      expect(web.exitCode).toBe(0);
      await inside("db-02", "mysql --no-defaults -e 'SET GLOBAL super_read_only = ON'");
      expect((await provision("--check")).exitCode).toBe(0);
    });

    test("a database with a mark that contradicts the topology stays read-only", async () => {
      await inside("db-02", "echo primary >/var/lib/quintet/mysql-role; systemctl restart mysql");
      await stays("db-02", /db-01 takes writes: it is the primary now/);
      const run = await provision();
      expect(run.changed).toEqual([
        "db-02 mysql file[/var/lib/quintet/mysql-role]",
        "db-02 mysql replication[db-01]",
      ]);
      expect(run.exitCode).toBe(0);
    });

    test("after a switch by hand, a run accepts the new primary and makes the old one its replica", async () => {
      await switchTo("db-02", "db-01");
      const run = await provision();
      expect(run.exitCode).toBe(0);
      expect(run.changed).toContain("db-01 mysql replication[db-02]");
      await eventually(60, () => smoke("--gentle"));
      expect([await readOnly("db-01"), await readOnly("db-02")]).toEqual(["1", "0"]);
      expect((await provision()).changed).toEqual([]);
    });

    test("an old primary that was off during a switch comes back read-only", async () => {
      await lab.stop(["db-02"], { kill: true });
      await inside(
        "db-01",
        "mysql --no-defaults -e 'STOP REPLICA; RESET REPLICA ALL; SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF'; echo primary >/var/lib/quintet/mysql-role",
      );
      await lab.start(["db-02"]);
      await stays("db-02", /db-01 takes writes: it is the primary now/);
      expect((await provision()).exitCode).toBe(0);
      await eventually(60, () => smoke("--gentle"));
    });

    test("after a primary dies during writes, a replica promoted by hand has all acknowledged writes", async () => {
      const writer = writing();
      await eventually(20, async () => expect(writer.acknowledged.length).toBeGreaterThan(20));
      await lab.stop(["db-01"], { kill: true });
      const acknowledged = [...writer.acknowledged];
      await promote("db-02");
      await eventually(20, async () =>
        expect(writer.acknowledged.length).toBeGreaterThan(acknowledged.length),
      );
      await writer.stop();
      const kept = (
        await inside("db-02", "mysql --no-defaults -NB -e 'SELECT id FROM guestbook.entries'")
      ).split("\n");
      expect(writer.acknowledged.filter((id) => !kept.includes(String(id)))).toEqual([]);
      await lab.start(["db-01"]);
      await stays("db-01", /db-02 takes writes: it is the primary now/);
      const run = await provision();
      if (run.exitCode !== 0) await remake("db-01");
      await eventually(60, () => smoke("--gentle"));
      expect([await readOnly("db-01"), await readOnly("db-02")]).toEqual(["1", "0"]);
      await switchTo("db-01", "db-02");
      expect((await provision()).exitCode).toBe(0);
      await eventually(60, () => smoke("--gentle"));
    });

    test("a replica that cannot apply what the primary wrote stops the run with MySQL's own words, until the change is undone", async () => {
      const quietly = (statement: string) =>
        inside(
          "db-02",
          `mysql --no-defaults -e "SET GLOBAL super_read_only = OFF; SET sql_log_bin = 0; ${statement}; SET GLOBAL super_read_only = ON"`,
        );
      const entry = (database: string, id: string, key: string) =>
        `INSERT INTO guestbook.entries (id, name, message, idempotency_key, created_at) SELECT ${id}, 'x', '${database}', '${key}', NOW() FROM guestbook.entries`;
      await quietly(entry("db-02", "MAX(id) + 1", "by-hand"));
      await inside("db-01", `mysql --no-defaults -e "${entry("db-01", "MAX(id) + 1", "by-primary")}"`);
      const run = await provision();
      expect(run.exitCode).toBe(3);
      const failed = run.events.find((event) => event.type === "failed");
      expect(failed).toMatchObject({
        host: "db-02",
        resource: "replication[db-01]",
        output: expect.stringMatching(
          /error 1062: .*transaction '[0-9a-f-]{36}:\d+'.*Duplicate entry.*Undo it.*makes it a clone/s,
        ),
      });
      await expect(smoke("--gentle")).rejects.toThrow(/MySQL says: error 1062/);
      await quietly("DELETE FROM guestbook.entries WHERE idempotency_key = 'by-hand'");
      expect((await provision()).changed).toEqual(["db-02 mysql replication[db-01]"]);
      await eventually(60, () => smoke("--gentle"));
    });

    test("a replica with transactions that the primary does not have stops the run, with what to do", async () => {
      await inside(
        "db-02",
        "mysql --no-defaults -e 'STOP REPLICA; SET GLOBAL super_read_only = OFF; CREATE DATABASE stray; DROP DATABASE stray; SET GLOBAL super_read_only = ON'",
      );
      const run = await provision();
      expect(run.exitCode).toBe(3);
      const failed = run.events.find((event) => event.type === "failed");
      expect(failed).toMatchObject({
        host: "db-02",
        resource: "replication[db-01]",
        output: expect.stringContaining("transactions that the primary has not got"),
      });
      await lab.fresh(["db-02"]);
      expect((await provision()).exitCode).toBe(0);
      await eventually(60, () => smoke("--gentle"));
    });
  });
}

/** Promotes a replica with the steps of docs/infrastructure.md, for a primary that is certainly gone. */
async function promote(host: string): Promise<void> {
  const wait =
    "STOP REPLICA IO_THREAD; SELECT WAIT_FOR_EXECUTED_GTID_SET(RECEIVED_TRANSACTION_SET, 60) FROM performance_schema.replication_connection_status";
  expect(await inside(host, `mysql --no-defaults -NBe "${wait}"`)).toBe("0");
  await inside(
    host,
    "mysql --no-defaults -e 'STOP REPLICA; RESET REPLICA ALL'; echo primary >/var/lib/quintet/mysql-role",
  );
  await inside(host, "/usr/local/lib/quintet/mysql-role open");
}

/** Makes a machine anew, as a clone. For one with transactions that no other has and that were never acknowledged. */
async function remake(host: string): Promise<void> {
  await lab.fresh([host]);
  expect((await provision()).exitCode).toBe(0);
}

/** A visitor who writes guestbook entries until stopped, and keeps the ids of the acknowledged ones. */
function writing() {
  const acknowledged: number[] = [];
  let going = true;
  const loop = (async () => {
    while (going) {
      const body = JSON.stringify({ name: "a writer", message: `entry ${acknowledged.length}` });
      const headers = { "content-type": "application/json" };
      const answer = await visit("/api/entries", { method: "POST", headers, body }).catch(() => undefined);
      if (answer?.status === 201) acknowledged.push(JSON.parse(answer.body).id);
      // If requests fail at once, a loop without a pause would block all other work of this process.
      else await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    acknowledged,
    stop: async () => {
      going = false;
      await loop;
    },
  };
}

/**
 * A planned switch of the primary, as docs/infrastructure.md has it: make the old one read-only, let the new one catch
 * up, make it writable.
 */
async function switchTo(next: string, old: string): Promise<void> {
  await inside(old, "mysql --no-defaults -e 'SET GLOBAL super_read_only = ON'");
  const set = await inside(
    old,
    "mysql --no-defaults -NB -e \"SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '')\"",
  );
  await inside(
    next,
    `mysql --no-defaults -NB -e "SELECT WAIT_FOR_EXECUTED_GTID_SET('${set}', 10); STOP REPLICA; RESET REPLICA ALL"`,
  );
  await inside(
    old,
    "mysql --no-defaults -e 'SET GLOBAL rpl_semi_sync_source_enabled = OFF'; echo replica >/var/lib/quintet/mysql-role",
  );
  await inside(
    next,
    "mysql --no-defaults -e 'SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF'; echo primary >/var/lib/quintet/mysql-role",
  );
}
