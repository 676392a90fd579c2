import { describe, expect, test } from "vitest";
import { RefusedError, UnreachableError, UsageError } from "../../engine/util/errors.ts";
import { parseState } from "../../roles/failover/topology.ts";
import { idsFor, pointIn, requireListing, verbIn } from "../../scripts/lib/guestbook/arguments.ts";
import { type Asked, type Asking, type Row, theWritable } from "../../scripts/lib/guestbook/databases.ts";
import { type Entry, jsonOf, printable, tableOf } from "../../scripts/lib/guestbook/printing.ts";
import { changing, listing } from "../../scripts/lib/guestbook/statements.ts";
import { change, list, wordsOf } from "../../scripts/lib/guestbook/verbs.ts";
import { five } from "../helpers/role-context.ts";

const ESC = "\u001b";

describe("what a moderator types", () => {
  test("is a verb and ids, each once", () => {
    expect([verbIn("hide"), idsFor("hide", ["12", "3", "12"]), idsFor("list", [])]).toEqual([
      "hide",
      [12, 3],
      [],
    ]);
  });

  test.each([
    [() => verbIn("delet"), 'found the verb "delet" (did you mean "delete"?); expected "list", "hide"'],
    [() => idsFor("hide", []), "hide: found no entry; expected ids"],
    [() => idsFor("delete", ["1", "x"]), 'delete: found "x"; expected the id of an entry'],
    [() => idsFor("delete", ["0"]), 'found "0"'],
    [() => idsFor("delete", ["-1"]), 'found "-1"'],
    [() => idsFor("delete", ["1 OR 1=1"]), 'found "1 OR 1=1"'],
    [() => idsFor("delete", ["9".repeat(16)]), "expected the id"],
    [
      () => requireListing("delete", { hidden: true, yes: true }),
      "delete: found --hidden, which is for list; expected only the ids",
    ],
    [() => pointIn("from")("yesterday"), '--from: found "yesterday"; expected the id of an entry, or a day'],
    [() => pointIn("from")("2026-02-30"), 'found "2026-02-30"'],
    [() => pointIn("before")("2026-11-27T25:00"), '--before: found "2026-11-27T25:00"'],
    [() => pointIn("before")("2026-11-27T12:00+01:00"), "in UTC"],
  ])("is refused if it cannot be meant, case %#", (deed, message) => {
    expect(deed).toThrow(expect.objectContaining({ message: expect.stringContaining(message) }));
    expect(deed).toThrow(UsageError);
  });

  test.each([
    ["120", { id: 120 }],
    ["2026-11-27", { time: "2026-11-27 00:00:00" }],
    ["2026-11-27T14:30", { time: "2026-11-27 14:30:00" }],
    ["2026-11-27 14:30:05Z", { time: "2026-11-27 14:30:05" }],
    ["2028-02-29", { time: "2028-02-29 00:00:00" }],
  ])("may be a day, a time or an id: %s", (value, point) => {
    expect(pointIn("from")(value)).toEqual(point);
  });
});

describe("SQL", () => {
  test("of a list has each filter, and no text of the user's", () => {
    const sql = listing("shop", {
      ids: [3, 4],
      hidden: true,
      from: { time: "2026-11-27 00:00:00" },
      before: { id: 9 },
      search: `'"; DROP TABLE entries; --`,
      count: 20,
    });
    const text = `_utf8mb4 X'${Buffer.from(`'"; DROP TABLE entries; --`).toString("hex")}'`;
    expect(sql).toContain(
      `FROM shop.entries WHERE id IN (3, 4) AND hidden_at IS NOT NULL AND created_at >= '2026-11-27 00:00:00' AND id < 9 AND (INSTR(name, ${text}) OR INSTR(message, ${text})) ORDER BY id DESC LIMIT 20;`,
    );
    expect(sql).not.toContain("DROP");
    expect(listing("shop", { count: 5 })).toContain("FROM shop.entries WHERE TRUE ORDER BY id DESC LIMIT 5;");
  });

  test.each([
    [
      "hide",
      "UPDATE shop.entries SET hidden_at = UTC_TIMESTAMP(3) WHERE id IN (3, 4) AND hidden_at IS NULL;\nCOMMIT;",
    ],
    [
      "show",
      "UPDATE shop.entries SET hidden_at = NULL WHERE id IN (3, 4) AND hidden_at IS NOT NULL;\nCOMMIT;",
    ],
    ["delete", "DELETE FROM shop.entries WHERE id IN (3, 4);\nCOMMIT;"],
  ] as const)("of %s changes these entries in one transaction", (what, statement) => {
    const sql = changing("shop", what, [3, 4]);
    expect(sql).toContain(statement);
    expect(sql.indexOf("START TRANSACTION")).toBeLessThan(sql.indexOf("FOR UPDATE"));
  });
});

describe("the database that is written to", () => {
  const asked = (states: Readonly<Record<string, string | undefined>>): Asked[] =>
    five.hosts
      .filter(({ name }) => name in states)
      .map((host) => {
        const said = states[host.name];
        const { name, address } = host;
        return said === undefined
          ? { host, name, address, state: undefined, problem: "no route" }
          : { host, name, address, state: parseState(said) };
      });
  const PRIMARY = "installed\nwritable 1\nused 1\n";
  const REPLICA = "installed\nwritable 0\nused 1\n";

  test("is the one that takes writes, wherever it is and whoever else is away", () => {
    expect(theWritable(asked({ "db-01": REPLICA, "db-02": PRIMARY })).name).toBe("db-02");
    expect(theWritable(asked({ "db-01": undefined, "db-02": PRIMARY })).name).toBe("db-02");
  });

  test("is not one that the store names, and that is closed", () => {
    const states = {
      "db-01": `installed\nmanager ${JSON.stringify({ store: { sync: { term: 1, primary: "db-01" } } })}\nwritable 0\nused 1\n`,
      "db-02": "installed\n",
    };
    expect(() => theWritable(asked(states))).toThrow(RefusedError);
    expect(() => theWritable(asked(states))).toThrow(
      "no database takes writes: db-01 is read-only; db-02 runs no MySQL that answers. Nothing was changed.",
    );
  });

  test("is neither of two", () => {
    expect(() => theWritable(asked({ "db-01": PRIMARY, "db-02": PRIMARY }))).toThrow(
      /^two databases take writes: db-01 and db-02\. Nothing was changed/,
    );
  });

  test("may be the one that cannot be asked", () => {
    const states = { "db-01": undefined, "db-02": REPLICA };
    expect(() => theWritable(asked(states))).toThrow(UnreachableError);
    expect(() => theWritable(asked(states))).toThrow(
      "db-01 cannot be asked, and may be the primary (no route); db-02 is read-only",
    );
  });
});

/** Databases with the test's answers. */
function databases(answer: (sql: string) => readonly Row[] | Error, lacking: readonly string[] = []): Asking {
  const [primary] = five.hosts;
  if (!primary) throw new Error("the inventory has no host");
  return {
    primary,
    name: "shop",
    query: async (sql) => {
      const rows = answer(sql);
      if (rows instanceof Error) throw rows;
      return rows;
    },
    lacking: async (executed) => (executed === "uuid:1-9" ? lacking : ["asked for another set"]),
  };
}

describe("a change", () => {
  const before = [{ id: 1, hidden: 0 }, { id: 2, hidden: 1 }, { executed: "uuid:1-9" }];

  test.each([
    ["hide", ["1  hidden", "2  was hidden already", "3  is not there"]],
    ["show", ["1  was not hidden", "2  shown again", "3  is not there"]],
    ["delete", ["1  deleted", "2  deleted", "3  is not there"]],
  ] as const)("says of each entry what became of it: %s", async (what, said) => {
    const { changed, lacking } = await change(
      databases(() => before, ["db-02"]),
      what,
      [1, 2, 3],
    );
    expect(changed.map((one) => wordsOf(what, one))).toEqual(said);
    expect(lacking).toEqual(["db-02"]);
  });

  test("of which nobody heard the end is not called undone", async () => {
    const lost = databases(() => new UnreachableError("connection lost: the host closed it or went away"));
    await expect(change(lost, "hide", [1, 2])).rejects.toThrow(
      "web-01: connection lost: the host closed it or went away. Whether the entries were changed is not known: npm run guestbook -- list 1 2 says it",
    );
  });
});

test("a list asks for one more than it shows, and says where it goes on", async () => {
  const row = (id: number) => ({
    id,
    name: "Ann",
    message: "hi",
    createdAt: "2026-11-27 14:30:05.123000",
    hiddenAt: id === 8 ? "2026-11-27 15:00:00.000000" : null,
  });
  const asked: string[] = [];
  const three = databases((sql) => {
    asked.push(sql);
    return [9, 8, 7].map(row);
  });
  const found = await list(three, { count: 2 });
  expect(asked[0]).toContain("LIMIT 3;");
  expect(found.entries.map(({ id, createdAt, hiddenAt }) => [id, createdAt, hiddenAt])).toEqual([
    [9, "2026-11-27T14:30:05.123Z", null],
    [8, "2026-11-27T14:30:05.123Z", "2026-11-27T15:00:00.000Z"],
  ]);
  expect([found.next, (await list(three, { count: 3 })).next]).toEqual([8, null]);
});

describe("what guests wrote", () => {
  test.each([
    ["two\nlines\tand a tab", "two↵lines and a tab"],
    [`${ESC}]0;title\u0007${ESC}[31mred`, "\\u{1b}]0;title\\u{7}\\u{1b}[31mred"],
    ["\u009b2J", "\\u{9b}2J"],
    ["ab\u202etxt.exe\u2028\u200f", "ab\\u{202e}txt.exe\\u{2028}\\u{200f}"],
    ["\u{e0041}\u2066", "\\u{e0041}\\u{2066}"],
    ["Ünï 中 👨‍👩‍👧 שלום", "Ünï 中 👨‍👩‍👧 שלום"],
  ])("does nothing to a terminal: %j", (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test("does nothing to a terminal as JSON either, and is the same text", () => {
    const value = { message: `${ESC}[31m\u009b\u202e\u{e0041}👨‍👩‍👧\n` };
    const json = jsonOf(value);
    expect(JSON.parse(json)).toEqual(value);
    expect(json).toBe('{\n  "message": "\\u001b[31m\\u009b\\u202e\\udb40\\udc41👨‍👩‍👧\\n"\n}');
  });

  test("is a line an entry, shortened but for --full", () => {
    const entry = (id: number, message: string, hiddenAt: string | null): Entry => ({
      id,
      name: "n".repeat(30),
      message,
      createdAt: "2026-11-27T14:30:05.123Z",
      hiddenAt,
    });
    const entries = [entry(12, "m".repeat(70), null), entry(3, "one\ntwo", "2026-11-27T15:00:00.000Z")];
    const name = `${"n".repeat(23)}…`;
    expect(tableOf(entries).split("\n")).toEqual([
      `id  time (UTC)                ${"name".padEnd(24)}  message`,
      `12  2026-11-27 14:30          ${name}  ${"m".repeat(59)}…`,
      `3   2026-11-27 14:30  hidden  ${name}  one↵two`,
    ]);
    expect(tableOf(entries, true)).toContain("m".repeat(70));
  });
});
