import { expect, test } from "vitest";
import type { Fault } from "../../drill/fault.ts";
import type { Kept } from "../../drill/record.ts";
import { drillTable, spread } from "../../drill/table.ts";

const kept = (fault: string, outage: number, differs: Partial<Kept> = {}): Kept => ({
  ...{
    fault,
    outage,
    where: "a box",
    acknowledged: 10,
    failed: 0,
    unknown: 0,
    unread: 0,
    lost: 0,
    violations: [],
  },
  ...differs,
});
const fault = (name: string, differs: Partial<Fault> = {}): Fault => ({
  ...{ name, rounds: 5, seconds: 1, bring: async () => undefined },
  ...differs,
});

test("of twenty the 95th percentile is the nineteenth", () => {
  expect(spread(Array.from({ length: 20 }, (_, at) => (at + 1) * 1000))).toEqual(["10.00", "19.00", "20.00"]);
});

test("each fault that was made has a row, with its goals", () => {
  const faults = [fault("quick", { goal: 3 }), fault("smooth", { goal: 1, smooth: true }), fault("never")];
  const rounds = [
    ...[kept("quick", 1000), kept("quick", 2500, { unknown: 2 })],
    kept("smooth", 1200, { unread: 1, lost: 1, violations: ["lost"] }),
  ];
  const [head, table = ""] = drillTable(faults, rounds).split("\n\n");
  expect(head).toBe("3 rounds, 30 acknowledged writes. On boxes with: a box.");
  expect(table.split("\n").slice(2)).toEqual([
    "| quick | 2 | 1.00 s | 2.50 s | 2.50 s | 3 s, reached | 0 | 2 | 0 | 0 | 0 |",
    "| smooth | 1 | 1.20 s | 1.20 s | 1.20 s | 1 s, missed; no failure, missed | 0 | 0 | 1 | 1 | 1 |",
  ]);
});
