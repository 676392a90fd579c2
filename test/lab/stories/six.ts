import { describe, expect, test } from "vitest";
import { readInventory } from "../../../engine/model/inventory/index.ts";
import { openLab } from "../../../lab/index.ts";
import { lab, provision, smoke } from "../machines.ts";

/** The site with a separate balancer machine. Only the inventory differs. */
export function six(): void {
  describe("six machines", () => {
    test("are provisioned from inventory/six.yaml alone, and a second run changes nothing", async () => {
      await lab.down();
      const inventory = "inventory/six.yaml";
      const drawn = openLab(readInventory(inventory));
      await drawn.up();
      expect((await provision("-i", inventory)).exitCode).toBe(0);
      await smoke("-i", inventory);
      expect((await provision("-i", inventory)).changed).toEqual([]);
      await drawn.down();
    });
  });
}
