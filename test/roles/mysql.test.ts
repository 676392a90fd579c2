import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { RefusedError, UnsureError } from "../../engine/index.ts";
import { expression, sqlObserver } from "../../roles/mysql/sql.ts";
import { type DatabaseState, parseState, primaryOf } from "../../roles/mysql/topology.ts";

const primary = "installed\nmark primary\nwritable 1\nused 1\n";
const replica = "installed\nmark replica\nwritable 0\nused 1\nsource 192.168.56.14\n";
const packaged = "installed\nmark \nwritable 1\nused 0\n";

const members = (first: string | undefined, second: string | undefined) =>
  [first, second].map((printed, index) => ({
    name: `db-0${index + 1}`,
    address: `192.168.56.${14 + index}`,
    state: printed === undefined ? undefined : parseState(printed),
  }));

describe("the primary is", () => {
  test.each<[string, string | undefined, string | undefined, string]>([
    ["the writable one", primary, replica, "db-01"],
    ["the writable one, wherever it is in the inventory", replica.replace("14", "15"), primary, "db-02"],
    ["the writable one if the other is away", undefined, primary, "db-02"],
    ["the inventory's first if none has been a database yet", "mark \n", "mark \n", "db-01"],
    ["the inventory's first if only the packages are installed", packaged, packaged, "db-01"],
    ["not a new machine that is still as its package made it", packaged, primary, "db-02"],
    ["the marked one if none is writable", primary.replace("writable 1", "writable 0"), replica, "db-01"],
  ])("%s", (_, first, second, name) => {
    expect(primaryOf(members(first, second)).name).toBe(name);
  });
});

test.each<[string, string | undefined, string | undefined, typeof RefusedError | typeof UnsureError, RegExp]>(
  [
    ["two are writable", primary, primary, RefusedError, /^two databases take writes: db-01 and db-02\./],
    [
      "two are writable, one of them without a mark",
      packaged.replace("used 0", "used 1"),
      primary,
      RefusedError,
      /db-01 and db-02/,
    ],
    ["one is away and the other is read-only", undefined, replica, UnsureError, /db-01 cannot be reached/],
    [
      "the mark contradicts the topology",
      "mark primary\nwritable 0\nused 1\nsource 192.168.56.15\n",
      replica,
      RefusedError,
      /carries the mark/,
    ],
    [
      "none has the mark although one was a replica",
      packaged,
      replica,
      RefusedError,
      /db-02 was set up before/,
    ],
  ],
)("the primary is not decided if %s", (_, first, second, kind, message) => {
  const deciding = () => primaryOf(members(first, second));
  expect(deciding).toThrow(kind);
  expect(deciding).toThrow(message);
});

test("a machine without mysqld is read as not installed", () => {
  expect(parseState("mark \n")).toEqual<DatabaseState>({
    installed: false,
    running: false,
    writable: false,
    source: "",
    mark: "",
  });
});

test("what is asked of MySQL goes over one connection, on which no list is cut off", () => {
  const asked = ["one", "two"].flatMap((key) => expression(key, `SELECT '${key}'`).args);
  const { stdout } = spawnSync(
    "sh",
    ["-c", `mysql() { echo connected; cat; }\n${sqlObserver.gather.reveal()}`, "sh", ...asked],
    {
      encoding: "utf8",
    },
  );
  expect(stdout.trim().split("\n")).toEqual([
    "connected",
    expect.stringMatching(/^SET SESSION group_concat_max_len = \d{8}, sql_mode = '';$/),
    "SELECT 'sql', 'one', (COALESCE((SELECT 'one'), ''));",
    "SELECT 'sql', 'two', (COALESCE((SELECT 'two'), ''));",
  ]);
});
