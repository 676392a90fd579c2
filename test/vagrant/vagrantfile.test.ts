import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { readInventory } from "../../engine/model/inventory/index.ts";

const vagrant = (args: readonly string[], inventory: string) =>
  spawnSync("vagrant", args, {
    encoding: "utf8",
    env: { ...process.env, QUINTET_INVENTORY: inventory, VAGRANT_CHECKPOINT_DISABLE: "1" },
  });

const installed = spawnSync("vagrant", ["--version"]).status === 0;

describe.skipIf(!installed).each(["inventory/five.yaml", "inventory/six.yaml"])(
  "the Vagrantfile with %s",
  (inventory) => {
    test("is valid", () => {
      // If no provider can work here, plain `validate` fails before it reads the Vagrantfile.
      const plain = vagrant(["validate"], inventory);
      const ignoring = () => vagrant(["validate", "--ignore-provider"], inventory);
      const { status, stdout, stderr } = plain.status === 0 ? plain : ignoring();
      expect([status, stderr]).toEqual([0, ""]);
      expect(stdout).toContain("validated successfully");
    });

    test("defines the machines of the inventory and no others", ({ skip }) => {
      const { status, stdout } = vagrant(["status", "--machine-readable"], inventory);
      if (status !== 0) skip("vagrant has no usable provider here");
      const names = new Set(
        stdout.split("\n").flatMap((line) => (line.split(",")[2] === "state" ? [line.split(",")[1]] : [])),
      );
      expect([...names].sort()).toEqual(
        readInventory(inventory)
          .hosts.map(({ name }) => name)
          .sort(),
      );
    });
  },
);
