import { expect, test } from "vitest";
import { play, site } from "../../engine/index.ts";
import type { Role } from "../../engine/model/role.ts";
import { assignmentsOf, limited, requireUse, withRoles } from "../../engine/model/selection.ts";
import { inventoryOf } from "../helpers/plan-inputs.ts";
import { roleOf } from "../helpers/site.ts";

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

test("a role that none of the selected hosts has is refused, with the hosts that have it", () => {
  const [nginx, mysql] = ["nginx", "mysql"].map((name) => roleOf(name, () => []));
  const plays = site(play("web", [nginx as Role]), play("database", [mysql as Role]));
  const ask = (limit: string, ...wanted: readonly string[]) => {
    const chosen = assignmentsOf(withRoles(plays, wanted), limited(inventory, limit), inventory);
    return () => requireUse(wanted, limit, chosen, { site: plays, inventory });
  };
  expect(ask("web-01", "nginx")).not.toThrow();
  expect(ask("web-01,db-02")).not.toThrow();
  expect(ask("web-01", "mysql")).toThrow(
    '--role mysql: found none of its hosts in --limit web-01; expected at least one of "db-01" and "db-02"',
  );
  expect(ask("web-01", "nginx", "mysql")).toThrow("--role mysql: found none of its hosts");
  const alone = inventoryOf({ web: ["web-01"], other: ["lone-01"] });
  const webOnly = site(play("web", [nginx as Role]));
  const chosen = assignmentsOf(webOnly, limited(alone, "lone-01"), alone);
  expect(() => requireUse([], "lone-01", chosen, { site: webOnly, inventory: alone })).toThrow(
    '--limit lone-01: found no host with a role; expected at least one of "web-01"',
  );
});
