import { describe, expect, test } from "vitest";
import type { Inventory } from "../../engine/model/inventory/index.ts";
import { InventoryError, UsageError } from "../../engine/util/errors.ts";
import { hostsOf, subnetOf } from "../../lab/context.ts";

const inventory = (addresses: Record<string, string>): Inventory => ({
  file: "test.yaml",
  domain: "foobar.com",
  publicAddress: "10.1.2.10",
  control: [],
  groups: {},
  hosts: Object.entries(addresses).map(([name, address]) => ({
    name,
    address,
    groups: [],
    ssh: {},
    machine: { memory: 512, cpus: 1 },
    vars: {},
  })),
});

describe("subnetOf", () => {
  test("returns the /24 of the hosts, and its first address as this box's", () => {
    expect(subnetOf(inventory({ "web-01": "10.1.2.11", "db-01": "10.1.2.254" }))).toEqual({
      cidr: "10.1.2.0/24",
      gateway: "10.1.2.1",
    });
  });

  test("refuses hosts in more than one /24, and names the host and the expected network", () => {
    const two = inventory({ "web-01": "10.1.2.11", "db-01": "10.1.3.11" });
    expect(() => subnetOf(two)).toThrow(InventoryError);
    expect(() => subnetOf(two)).toThrow(/hosts\/db-01\/address: found 10\.1\.3\.11.*web-01.*10\.1\.2\.0\/24/);
  });

  test.each(["10.1.2.0", "10.1.2.1", "10.1.2.255"])("refuses %s, which no machine can have", (address) => {
    expect(() => subnetOf(inventory({ "web-01": address }))).toThrow(/expected 10\.1\.2\.2 to 10\.1\.2\.254/);
  });
});

describe("hostsOf", () => {
  const five = inventory({ "web-01": "10.1.2.11", "web-02": "10.1.2.12" });

  test("returns the named hosts, or all if there are no names, in the inventory's order", () => {
    expect(hostsOf(five).map(({ name }) => name)).toEqual(["web-01", "web-02"]);
    expect(hostsOf(five, ["web-02", "web-01"]).map(({ name }) => name)).toEqual(["web-01", "web-02"]);
  });

  test("refuses an unknown name and suggests the nearest one", () => {
    expect(() => hostsOf(five, ["web-1"])).toThrow(UsageError);
    expect(() => hostsOf(five, ["web-1"])).toThrow(/unknown host "web-1" \(did you mean "web-01"\?\)/);
  });
});
