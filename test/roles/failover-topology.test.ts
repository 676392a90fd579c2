import { describe, expect, test } from "vitest";
import { RefusedError, UnsureError } from "../../engine/index.ts";
import { type DatabaseState, parseState, primaryOf, storeIsEmpty } from "../../roles/failover/topology.ts";

const says = (store: unknown) => `manager ${JSON.stringify({ name: "db", store, mysql: null })}\n`;
const knows = (name: string, term = 7) => says({ sync: { term, primary: name, standby: null } });
const EMPTY = says("the store does not know yet who the primary is");
const AWAY = says("no answer");

const writable = "installed\nwritable 1\nused 1\n";
const closed = "installed\nwritable 0\nused 1\n";
const fresh = "installed\nwritable 0\nused 0\n";
const packaged = "installed\nwritable 1\nused 0\n";
const bare = "manager \n";

const members = (first: string | undefined, second: string | undefined) =>
  [first, second].map((printed, index) => ({
    name: `db-0${index + 1}`,
    address: `192.168.56.${14 + index}`,
    state: printed === undefined ? undefined : parseState(printed),
  }));

describe("the primary is", () => {
  test.each<[string, string | undefined, string | undefined, string]>([
    ["the one that takes writes", writable, closed, "db-01"],
    ["the one that takes writes, wherever it is in the inventory", closed, writable, "db-02"],
    ["the one that takes writes if the other is away", undefined, writable, "db-02"],
    ["the one that takes writes while the store is away", writable + AWAY, closed + AWAY, "db-01"],
    ["the inventory's first if none has been a database yet", bare, bare, "db-01"],
    ["the inventory's first if only the packages are installed", packaged, packaged, "db-01"],
    ["the inventory's first if the store is as new as they are", fresh + EMPTY, fresh + EMPTY, "db-01"],
    ["not a new machine that is still as its package made it", packaged, writable, "db-02"],
    ["the one that the store names if none takes writes", closed + knows("db-02"), closed, "db-02"],
    [
      "the one of the newest term, if the managers were asked at different times",
      closed + knows("db-01", 7),
      closed + knows("db-02", 8),
      "db-02",
    ],
  ])("%s", (_, first, second, name) => {
    expect(primaryOf(members(first, second)).name).toBe(name);
  });
});

test.each<[string, string | undefined, string | undefined, typeof RefusedError | typeof UnsureError, RegExp]>(
  [
    ["two take writes", writable, writable, RefusedError, /^two databases take writes: db-01 and db-02\./],
    ["one is away and the other is closed", undefined, closed, UnsureError, /db-01 cannot be reached/],
    [
      "another one takes writes than the store says",
      writable,
      closed + knows("db-02"),
      UnsureError,
      /^db-01 takes writes, and the store says that db-02 is the primary: a failover is under way/,
    ],
    [
      "none takes writes and the store is away",
      closed + AWAY,
      closed + AWAY,
      UnsureError,
      /the managers do not reach a majority of the store/,
    ],
    [
      "none takes writes and the store knows nothing, although one was set up before",
      fresh + EMPTY,
      closed + EMPTY,
      RefusedError,
      /though db-02 was set up before.*failover\.mjs seed/,
    ],
    [
      "the store names one that is away, and that was alone",
      undefined,
      closed + knows("db-01"),
      UnsureError,
      /db-01 is the primary, and it cannot be reached. Nobody may take over/,
    ],
    [
      "the store names one that is not in the inventory",
      closed + knows("db-09"),
      closed,
      RefusedError,
      /db-09 is the primary, and the inventory has no such database; it has db-01 and db-02/,
    ],
  ],
)("the primary is not decided if %s", (_, first, second, kind, message) => {
  const deciding = () => primaryOf(members(first, second));
  expect(deciding).toThrow(kind);
  expect(deciding).toThrow(message);
});

test.each<[string, string | undefined, string | undefined, boolean]>([
  ["nobody has a manager yet", bare, bare, true],
  ["the managers find nothing in it", closed + EMPTY, closed + EMPTY, true],
  ["one of them knows", bare, closed + knows("db-02"), false],
  ["nobody can ask it", writable + AWAY, bare, false],
])("the store is told who the primary is if %s: %#", (_, first, second, empty) => {
  expect(storeIsEmpty(members(first, second))).toBe(empty);
});

test("a machine without mysqld is read as not installed", () => {
  expect(parseState(bare)).toEqual<DatabaseState>({
    ...{ installed: false, running: false, used: false, writable: false },
    store: "no manager",
  });
});
