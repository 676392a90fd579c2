import { describe, expect, test } from "vitest";
import { readInventory } from "../../../engine/model/inventory/index.ts";
import { openLab } from "../../../lab/index.ts";
import { eventually, inside, inventoryWith, provision, smoke, visit, visitor } from "../machines.ts";

const fourWebs = (yaml: string) =>
  yaml
    .replace("  db-01:", "  web-04: { address: 192.168.56.17 }\n  db-01:")
    .replace("web: { hosts: [web-01, web-02, web-03] }", "web: { hosts: [web-01, web-02, web-03, web-04] }");
const threeDatabases = (yaml: string) =>
  yaml
    .replace("\ngroups:", "\n  db-03: { address: 192.168.56.18 }\n\ngroups:")
    .replace("[db-01, db-02]", "[db-01, db-02, db-03]");

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
      const inventory = inventoryWith(threeDatabases);
      const grown = openLab(readInventory(inventory));
      await grown.up(["db-03"]);
      const ran = await provision("-i", inventory);
      expect(ran.exitCode).toBe(0);
      await eventually(60, () => smoke("-i", inventory, "--gentle"));
      await eventually(30, async () => expect((await visit("/")).database).toBe("db-03"));
      expect((await provision()).exitCode).toBe(0);
      await grown.stop(["db-03"], { kill: true });
      await eventually(60, () => smoke("--gentle"));
    });
  });
}
