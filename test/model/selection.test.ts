import { expect, test } from "vitest";
import { limited } from "../../engine/model/selection.ts";
import { inventoryOf } from "../helpers/plan-inputs.ts";

const inventory = inventoryOf({
  web: ["web-01", "web-02", "web-03"],
  edge: ["web-01", "db-01"],
  database: ["db-01", "db-02"],
});
const names = (limit: string | undefined) => limited(inventory, limit).map(({ name }) => name);

test.each([
  [undefined, ["web-01", "web-02", "web-03", "db-01", "db-02"]],
  ["all", ["web-01", "web-02", "web-03", "db-01", "db-02"]],
  ["web-02", ["web-02"]],
  ["web", ["web-01", "web-02", "web-03"]],
  ["edge,web-03", ["web-01", "web-03", "db-01"]],
  ["db-02,web-01", ["web-01", "db-02"]],
  ["web-*", ["web-01", "web-02", "web-03"]],
  ["*-0[12]", ["web-01", "web-02", "db-01", "db-02"]],
  ["{web,db}-02", undefined],
  ["web,!web-02", ["web-01", "web-03"]],
  ["!database", ["web-01", "web-02", "web-03"]],
  ["!web-*,all", ["db-01", "db-02"]],
  [" web-01 , db-01 ,", ["web-01", "db-01"]],
  ["web-01,web-01", ["web-01"]],
])("--limit %s", (limit, expected) => {
  if (expected === undefined) expect(() => names(limit)).toThrow('--limit: found "{web"');
  else expect(names(limit)).toEqual(expected);
});

test.each([
  [
    "web-1",
    '--limit: found "web-1" (did you mean "web-01"?); expected a host or a group of test.yaml: web-01, web-02, web-03, db-01, db-02, web, edge, database, all',
  ],
  ["databse", '--limit: found "databse" (did you mean "database"?); expected'],
  ["mail", '--limit: found "mail"'],
  ["web,!mail", '--limit: found "mail"'],
  ["constructor", '--limit: found "constructor"'],
  [
    "web,!web",
    '--limit web,!web: no host is left; the inventory has "web-01", "web-02", "web-03", "db-01" and "db-02"',
  ],
])("--limit %s is refused", (limit, message) => {
  expect(() => names(limit)).toThrow(
    expect.objectContaining({ name: "UsageError", exitCode: 1, message: expect.stringContaining(message) }),
  );
});
