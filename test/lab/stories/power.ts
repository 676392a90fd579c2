import { describe, expect, test } from "vitest";
import { isAlone, isPrimary, pair, primaryIs, sql, steps, told } from "../databases.ts";
import { eventually, inside, lab, provision, smoke, visit } from "../machines.ts";

const ALL = ["web-01", "web-02", "web-03", "db-01", "db-02"];

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
      // The smoke tests would keep machines busy that boot.
      await pair(undefined, 180);
      await eventually(90, async () => expect((await visit()).status).toBe(200));
      await eventually(90, () => smoke("--gentle"));
      const run = await provision("--check");
      expect([run.exitCode, run.changed]).toEqual([0, []]);
      await primaryIs("db-01");
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

    test("a primary that had no standby opens by itself, and the other one follows it", async () => {
      await lab.stop(["db-02"]);
      await eventually(20, () => isAlone("db-01"));
      await lab.stop(["db-01"], { kill: true });
      await lab.start(["db-01"]);
      await eventually(60, () => isPrimary("db-01"));
      await lab.start(["db-02"]);
      await pair("db-01");
    });

    test("a database that may lack acknowledged writes stays closed while the last primary is off, and says why", async () => {
      await lab.stop(["db-02"], { kill: true });
      await eventually(20, () => isAlone("db-01"));
      await lab.stop(["db-01"], { kill: true });
      await lab.start(["db-02"]);
      await eventually(60, async () =>
        expect(await told("db-02")).toMatchObject({
          mysql: { open: false },
          step: { why: "db-01 does not take writes" },
        }),
      );
      const run = await provision("--limit", "db-02");
      expect([run.exitCode, run.changed]).toEqual([3, []]);
      await lab.start(["db-01"]);
      await pair("db-01");
    });
  });

  describe("the machines, not the inventory, decide who is the primary:", () => {
    test("a replica that somebody opens is ended at once, and comes back closed", async () => {
      await pair("db-01");
      const before = await steps("db-02", "kill");
      await sql("db-02", "SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF");
      await eventually(20, async () => expect(await steps("db-02", "kill")).toBeGreaterThan(before));
      await pair("db-01");
      expect((await provision("--limit", "db-01,db-02")).changed).toEqual([]);
    });

    test("after a switchover a run accepts the new primary, and has nothing to do", async () => {
      await primaryIs("db-02");
      const run = await provision("--limit", "db-01,db-02");
      expect([run.exitCode, run.changed]).toEqual([0, []]);
      await eventually(60, () => smoke("--gentle"));
      await primaryIs("db-01");
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
      const run = await provision("--limit", "db-02");
      expect(run.exitCode).toBe(3);
      const failed = run.events.find((event) => event.type === "failed");
      expect(failed).toMatchObject({
        host: "db-02",
        resource: "replication[db-01]",
        output: expect.stringMatching(
          /error 1062: .*transaction '[0-9a-f-]{36}:\d+'.*Duplicate entry.*Undo it.*copies the primary/s,
        ),
      });
      await expect(smoke("--gentle")).rejects.toThrow(/MySQL says: error 1062/);
      await quietly("DELETE FROM guestbook.entries WHERE idempotency_key = 'by-hand'");
      expect((await provision("--limit", "db-02")).changed).toEqual(["db-02 replication replication[db-01]"]);
      await eventually(60, () => smoke("--gentle"));
    });

    test("a replica that somebody has written to is copied from the primary, and a machine made anew is, too", async () => {
      await sql(
        "db-02",
        "STOP REPLICA; SET GLOBAL super_read_only = OFF; CREATE DATABASE stray; SET GLOBAL super_read_only = ON",
      );
      await eventually(90, async () => expect(await sql("db-02", "SHOW DATABASES LIKE 'stray'")).toBe(""));
      await pair("db-01");
      await lab.fresh(["db-02"]);
      const ran = await provision();
      expect(ran.exitCode).toBe(0);
      // Of the version that db-01 has, whatever the mirror has now.
      expect(ran.changed).toContain("db-02 mysql deb[mysql-server]");
      await pair("db-01");
      await eventually(60, () => smoke("--gentle"));
    });
  });
}
