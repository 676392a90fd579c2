import { describe, expect, test } from "vitest";
import { readInventory } from "../../../engine/model/inventory/index.ts";
import { openLab } from "../../../lab/index.ts";
import { isPrimary, primaryIs, signal, sql, threeDatabases, told, wants } from "../databases.ts";
import { eventually, inside, inventoryWith, provision, smoke, visit, visitor } from "../machines.ts";
import { visitors } from "../visitors.ts";

const fourWebs = (yaml: string) =>
  yaml
    .replace("  db-01:", "  web-04: { address: 192.168.56.17 }\n  db-01:")
    .replace("web: { hosts: [web-01, web-02, web-03] }", "web: { hosts: [web-01, web-02, web-03, web-04] }");

async function servers(count: number): Promise<(string | null)[]> {
  const served: (string | null)[] = [];
  for (let at = 0; at < count; at++) served.push((await visit("/api/server")).servedBy);
  return served;
}

/** The web tier and the database tier grow independently, each with one line in the inventory. */
export function growth(): void {
  describe("one line in the inventory", () => {
    test("adds web-04 to the rotation without a failed request", async () => {
      const inventory = inventoryWith(fourWebs);
      await openLab(readInventory(inventory)).up(["web-04"]);
      const client = visitor();
      const ran = await provision("-i", inventory);
      expect(ran.exitCode).toBe(0);
      await eventually(30, async () =>
        expect([...new Set(await servers(8))].sort()).toEqual(["web-01", "web-02", "web-03", "web-04"]),
      );
      const { asked, failures } = await client.stop();
      expect(asked).toBeGreaterThan(50);
      expect(failures).toEqual([]);
      await eventually(60, () => smoke("-i", inventory, "--gentle"));
      expect((await provision("-i", inventory)).changed).toEqual([]);
    });

    test("removes web-04 from every configuration again without a failed request", async () => {
      const client = visitor();
      const ran = await provision();
      expect(ran.exitCode).toBe(0);
      expect([...new Set(await servers(6))].sort()).toEqual(["web-01", "web-02", "web-03"]);
      expect((await client.stop()).failures).toEqual([]);
      const left = await Promise.all(
        ["web-01", "web-02", "web-03", "db-01", "db-02"].map((host) =>
          inside(host, "grep -rlE 'web-04|192\\.168\\.56\\.17' /etc /usr/local || true"),
        ),
      );
      expect(left.filter(Boolean)).toEqual([]);
      await openLab(readInventory(inventoryWith(fourWebs))).stop(["web-04"], { kill: true });
    });

    test("makes db-03 a second replica, and the web servers read from it", async () => {
      const inventory = threeDatabases();
      const grown = openLab(readInventory(inventory));
      await grown.up(["db-03"]);
      const ran = await provision("-i", inventory);
      expect(ran.exitCode).toBe(0);
      await eventually(60, () => smoke("-i", inventory, "--gentle"));
      await eventually(30, async () => expect((await visit("/")).database).toBe("db-03"));
      expect((await provision("-i", inventory)).changed).toEqual([]);
    });

    test("of three databases one confirms writes; it takes over, and the third one follows it", async () => {
      const { primary, standby, third } = await trio();
      expect(await semiSyncClients(primary)).toBe("1");
      const crowd = visitors();
      await signal(primary, "KILL");
      await eventually(15, () => isPrimary(standby));
      const after = await trio();
      expect(after.primary).toBe(standby);
      const { written } = await crowd.stop();
      expect(written.length).toBeGreaterThan(10);
      const set = await sql(standby, "SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '')");
      for (const host of [primary, standby, third])
        expect([
          host,
          await sql(
            host,
            `SELECT WAIT_FOR_EXECUTED_GTID_SET('${set}', 20); SELECT COUNT(*) FROM guestbook.entries WHERE id IN (${written.join()})`,
          ),
        ]).toEqual([host, `0\n${written.length}`]);
    });

    test("a standby that is lost is not the end of safety: another one confirms writes", async () => {
      const { primary, standby } = await trio();
      const grown = openLab(readInventory(threeDatabases()));
      await grown.stop([standby], { kill: true });
      await eventually(60, async () => {
        const { sync } = (await told(primary)).store;
        expect([sync.primary, sync.standby !== null && sync.standby !== standby]).toEqual([primary, true]);
      });
      await grown.start([standby]);
      await trio();
    });

    test("two databases are a pair again when the third is taken out of the inventory", async () => {
      if ((await trio()).primary === "db-03") await wants((await trio()).standby);
      await eventually(60, async () => expect((await trio()).primary).not.toBe("db-03"));
      expect((await provision()).exitCode).toBe(0);
      await openLab(readInventory(threeDatabases())).stop(["db-03"], { kill: true });
      await primaryIs("db-01");
      await eventually(60, () => smoke("--gentle"));
      expect((await provision()).changed).toEqual([]);
    });
  });
}

// --- internal ---

/** Waits until three databases are whole: the second confirms what the first writes, and the third receives from the second. */
async function trio(): Promise<{ primary: string; standby: string; third: string }> {
  let found = { primary: "", standby: "", third: "" };
  await eventually(90, async () => {
    const { primary, standby } = (await told("db-01")).store.sync;
    const third = ["db-01", "db-02", "db-03"].find((name) => name !== primary && name !== standby) ?? "";
    found = { primary, standby, third };
    const mysql = await Promise.all([primary, standby, third].map(async (name) => (await told(name)).mysql));
    expect(mysql).toMatchObject([
      { open: true, waits: true, admits: [standby] },
      { open: false, receives: primary },
      { open: false, receives: standby },
    ]);
  });
  return found;
}

const semiSyncClients = (host: string) =>
  sql(
    host,
    "SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Rpl_semi_sync_source_clients'",
  );
