import { describe, expect, test } from "vitest";
import { choosePrimary, isReady, readOrder } from "../src/database/choose.ts";
import {
  classifyFailure,
  failureCode,
  NotConnected,
  OutcomeUnknown,
  Unavailable,
} from "../src/database/failures.ts";
import { lagSeconds, probeDatabase } from "../src/database/probe.ts";
import { makeRead } from "../src/database/reading.ts";
import type { Session } from "../src/database/session.ts";
import { makeWrite } from "../src/database/writing.ts";
import { fakeClient, fakeMonitor, mysqlError, SILENT, state } from "./support.ts";

const GTID = "3e11fa47-71ca-11e1-9e33-c80aa9429562:23";
const NO_TABLE = async () => Promise.reject(mysqlError(1146, "ER_NO_SUCH_TABLE"));
const primary = state("db-01", "primary");
const replica = state("db-02", "replica", { replicating: true, lagSeconds: 0 });
const gone = (name: string) => state(name, "unknown", { error: "ECONNREFUSED" });

describe("which database is the primary", () => {
  test("the writable one", () => expect(choosePrimary([replica, primary])).toEqual({ name: "db-01" }));
  test("none if no writable one is reachable", () =>
    expect(choosePrimary([replica, gone("db-01")]).why).toMatch(/no reachable/));
  test("none if two are writable", () => {
    const { name, why } = choosePrimary([primary, state("db-02", "primary")]);
    expect([name, why]).toEqual([undefined, "more than one database is writable: db-01, db-02"]);
  });
  test("of two writable ones that of the higher term, wherever it stands", () => {
    const old = { ...primary, term: 7 };
    const current = state("db-02", "primary", { term: 8 });
    expect([old, current, primary].map(({ term }) => term)).toEqual([7, 8, undefined]);
    for (const states of [
      [old, current],
      [current, old],
      [current, primary],
    ])
      expect(choosePrimary(states)).toEqual({ name: "db-02" });
    expect(choosePrimary([old, state("db-02", "primary", { term: 7 })]).name).toBe(undefined);
    expect(readOrder([old, current], 0)).toEqual(["db-02", "db-01"]);
  });
});

describe("the order of reading", () => {
  const third = state("db-03", "replica", { replicating: true, lagSeconds: 5 });
  test.each([
    ["a replica comes first", [primary, replica], 0, ["db-02", "db-01"]],
    ["replicas take turns", [primary, replica, third], 1, ["db-03", "db-02", "db-01"]],
    [
      "a replica with unknown lag counts as current",
      [primary, state("db-02", "replica", { lagSeconds: null })],
      0,
      ["db-02", "db-01"],
    ],
    [
      "a replica too far behind comes last",
      [primary, { ...replica, lagSeconds: 5.1 }],
      0,
      ["db-01", "db-02"],
    ],
    [
      "a replica that does not replicate comes last",
      [primary, { ...replica, replicating: false }],
      0,
      ["db-01", "db-02"],
    ],
    ["a replica that is away is left out", [primary, gone("db-02")], 0, ["db-01"]],
    ["a primary that is away is left out", [gone("db-01"), { ...replica, replicating: false }], 3, ["db-02"]],
    ["nothing is left if all are away", [gone("db-01"), gone("db-02")], 0, []],
  ])("%s", (_what, states, turn, expected) => expect(readOrder(states, turn)).toEqual(expected));

  test("the site is ready only with exactly one primary", () => {
    expect([
      isReady([primary, replica]),
      isReady([primary]),
      isReady([replica]),
      isReady([primary, primary]),
    ]).toEqual([true, true, false, false]);
  });
});

describe("failures of the driver", () => {
  test.each([
    [mysqlError(1290, "ER_OPTION_PREVENTS_STATEMENT"), "read-only"],
    [mysqlError(1053, "ER_SERVER_SHUTDOWN"), "lost"],
    [mysqlError(1062, "ER_DUP_ENTRY"), "refused"],
    [mysqlError(1146, "ER_NO_SUCH_TABLE"), "refused"],
    [Object.assign(new Error("x"), { code: "PROTOCOL_CONNECTION_LOST", fatal: true }), "lost"],
    [Object.assign(new Error("x"), { code: "ECONNRESET", errno: -104 }), "lost"],
    [new NotConnected(mysqlError(1045, "ER_ACCESS_DENIED_ERROR")), "unreachable"],
    [new TypeError("x is undefined"), "bug"],
    [undefined, "bug"],
  ])("%s is %s, case %#", (error, expected) => expect(classifyFailure(error)).toBe(expected));

  test("are reported without the SQL statement", () => {
    expect(failureCode(mysqlError(1064, "ER_PARSE_ERROR", { sql: "INSERT secret" }))).toBe("ER_PARSE_ERROR");
    expect(failureCode(new NotConnected(Object.assign(new Error("x"), { code: "ECONNREFUSED" })))).toBe(
      "ECONNREFUSED",
    );
  });
});

describe("probing", () => {
  const snapshot = { gtidSet: GTID, takenAt: 1000 };
  test.each([
    ["zero if it has the snapshot", snapshot, true, 500, 99, 0],
    ["since it was last current", snapshot, false, 500, 0, 2.5],
    ["the replica's own figure if that is larger", snapshot, false, 500, 99, 99],
    ["since the snapshot if it was never current", snapshot, false, undefined, 0, 2],
    ["unknown without a primary", undefined, false, 500, 0, null],
  ])("lag: %s", (_what, taken, contains, currentAt, saysItself, expected) => {
    expect(lagSeconds(taken, contains, currentAt, saysItself, 3000)).toBe(expected);
  });

  test("lag counts from the first snapshot that a replica lacked, if it was never current or was away", async () => {
    const rows = async (sql: string) =>
      sql.startsWith("SHOW") ? [] : [{ readOnly: 1, containsSnapshot: 0 }];
    const away = fakeClient("db-02", { rows: async () => Promise.reject(new Error()) });
    const now = Date.now();
    const first = await probeDatabase(
      fakeClient("db-02", { rows }),
      { gtidSet: GTID, takenAt: now - 60_000 },
      undefined,
    );
    const second = await probeDatabase(away, { gtidSet: GTID, takenAt: now - 30_000 }, first);
    const third = await probeDatabase(fakeClient("db-02", { rows }), { gtidSet: GTID, takenAt: now }, second);
    expect(third.state.lagSeconds).toBeGreaterThanOrEqual(60);
  });

  const asking = (readOnly: number, status: Session["rows"], term: Session["rows"] = NO_TABLE) =>
    fakeClient("db-02", {
      rows: async (sql) => {
        if (sql.startsWith("SHOW")) return status(sql);
        return sql.includes("quintet.failover")
          ? term(sql)
          : [{ readOnly, executed: GTID, containsSnapshot: 1 }];
      },
    });
  const running = { Replica_IO_Running: "Yes", Replica_SQL_Running: "Yes" };

  test("a writable host is a primary, and is not asked about replication", async () => {
    const client = asking(0, async () => Promise.reject(new Error("asked")));
    const { state: found } = await probeDatabase(client, snapshot, undefined);
    expect(found).toEqual({ name: "db-02", reachable: true, role: "primary" });
  });

  test.each<[string, Session["rows"], number | undefined]>([
    ["its manager has written it", async () => [{ term: 8 }], 8],
    ["its manager has not written it yet", async () => [], undefined],
    ["there is no manager", NO_TABLE, undefined],
    [
      "the account may not see it",
      async () => Promise.reject(mysqlError(1142, "ER_TABLEACCESS_DENIED_ERROR")),
      undefined,
    ],
  ])("a primary has a term if %s", async (_, term, expected) => {
    const { state: found } = await probeDatabase(asking(0, NO_TABLE, term), snapshot, undefined);
    expect([found.role, found.term]).toEqual(["primary", expected]);
  });

  test.each([
    ["running", async () => [running], { replicating: true }],
    ["applier stopped", async () => [{ ...running, Replica_SQL_Running: "No" }], { replicating: false }],
    ["connecting", async () => [{ ...running, Replica_IO_Running: "Connecting" }], { replicating: false }],
    ["no channel", async () => [], { replicating: false }],
    [
      "no privilege",
      async () => Promise.reject(mysqlError(1227, "ER_SPECIFIC_ACCESS_DENIED_ERROR")),
      { error: "ER_SPECIFIC_ACCESS_DENIED_ERROR" },
    ],
  ])("a replica: %s", async (_what, status, expected) => {
    const { state: found } = await probeDatabase(asking(1, status), snapshot, undefined);
    expect(found).toEqual({ name: "db-02", reachable: true, role: "replica", lagSeconds: 0, ...expected });
  });

  test("a host that is away has the role unknown", async () => {
    const away = fakeClient("db-02", {
      rows: async () => Promise.reject(Object.assign(new Error(), { code: "ETIMEDOUT" })),
    });
    expect((await probeDatabase(away, snapshot, undefined)).state).toEqual(
      state("db-02", "unknown", { error: "ETIMEDOUT" }),
    );
  });
});

describe("reading", () => {
  const hosts = (sessions: Record<string, Partial<Session>>, states = [primary, replica]) => ({
    clients: new Map(Object.entries(sessions).map(([name, session]) => [name, fakeClient(name, session)])),
    monitor: fakeMonitor(states),
    log: SILENT,
  });
  const answers = (name: string, late = 0) => ({
    rows: async (sql: string) => (sql.includes("WAIT_FOR") ? [{ late }] : [{ name }]),
  });
  const lost = {
    rows: async () => Promise.reject(Object.assign(new Error(), { code: "ECONNRESET", fatal: true })),
  };
  const task = async (session: Session) => (await session.rows("SELECT 1"))[0]?.["name"];

  test.each([
    ["the replica", { "db-01": answers("db-01"), "db-02": answers("db-02") }, undefined, "db-02"],
    [
      "the replica that has the write",
      { "db-01": answers("db-01"), "db-02": answers("db-02") },
      GTID,
      "db-02",
    ],
    [
      "the primary if the replica lacks the write",
      { "db-01": answers("db-01"), "db-02": answers("db-02", 1) },
      GTID,
      "db-01",
    ],
    ["the primary if the replica breaks", { "db-01": answers("db-01"), "db-02": lost }, undefined, "db-01"],
    ["a late replica if the primary breaks", { "db-01": lost, "db-02": answers("db-02", 1) }, GTID, "db-02"],
  ])("from %s", async (_what, sessions, after, expected) => {
    const served = await makeRead(hosts(sessions))(task, after);
    expect([served.value, served.database]).toEqual([expected, expected]);
  });

  test("waits for one replica only", async () => {
    const third = { ...replica, name: "db-03" };
    const sessions = { "db-01": answers("db-01"), "db-02": answers("db-02", 1), "db-03": answers("db-03") };
    expect((await makeRead(hosts(sessions, [primary, replica, third]))(task, GTID)).database).toBe("db-01");
  });

  test("fails as unavailable if all databases are away, and probes them again", async () => {
    const all = hosts({ "db-01": lost, "db-02": lost });
    await expect(makeRead(all)(task)).rejects.toThrow(Unavailable);
    expect(all.monitor.probes).toBe(2);
  });

  test("does not hide a bug in the program", async () => {
    const read = makeRead(hosts({ "db-01": answers("db-01"), "db-02": answers("db-02") }));
    await expect(read(async () => Promise.reject(new TypeError("fault")))).rejects.toThrow(TypeError);
  });
});

describe("writing", () => {
  const swapped = [state("db-01", "replica"), state("db-02", "primary")];
  const run = async (sessions: Record<string, Partial<Session>>, ...rounds: (typeof swapped)[]) => {
    const tried: string[] = [];
    const clients = new Map(
      Object.entries(sessions).map(([name, session]) => {
        const write: Session["write"] = async (...args) => {
          tried.push(name);
          return session.write ? session.write(...args) : { insertId: 1, gtid: GTID };
        };
        return [name, fakeClient(name, { ...session, write })] as const;
      }),
    );
    const write = makeWrite({ clients, monitor: fakeMonitor(...rounds), log: SILENT }, 0.1);
    const result = await write((session) => session.write("INSERT", [])).catch((error: unknown) => error);
    return { result, tried };
  };
  const failing = (error: Error) => ({ write: async () => Promise.reject(error) });

  test("goes to the primary and returns its GTID", async () => {
    const { result, tried } = await run({ "db-01": {}, "db-02": {} }, [primary, replica]);
    expect(result).toMatchObject({ database: "db-01", role: "primary", gtid: GTID });
    expect(tried).toEqual(["db-01"]);
  });

  test("returns all executed GTIDs if its own is missing", async () => {
    const rows = async () => [{ executed: `${GTID},\n${GTID}` }];
    const { result } = await run({ "db-01": { rows, write: async () => ({ insertId: 1 }) } }, [primary]);
    expect(result).toMatchObject({ gtid: `${GTID},${GTID}` });
  });

  test("goes to the new primary if the old one has become read-only", async () => {
    const readOnly = failing(mysqlError(1290, "ER_OPTION_PREVENTS_STATEMENT"));
    const { result, tried } = await run({ "db-01": readOnly, "db-02": {} }, [primary, replica], swapped);
    expect(result).toMatchObject({ database: "db-02" });
    expect(tried).toEqual(["db-01", "db-02"]);
  });

  test("goes to the new primary if the connection is dead before the statement", async () => {
    const dead = {
      ping: async () => Promise.reject(Object.assign(new Error(), { code: "EPIPE", fatal: true })),
    };
    const { result, tried } = await run({ "db-01": dead, "db-02": {} }, [primary, replica], swapped);
    expect(result).toMatchObject({ database: "db-02" });
    expect(tried).toEqual(["db-02"]);
  });

  test("waits for a new primary while there is none", async () => {
    const none = [gone("db-01"), replica];
    const { result, tried } = await run({ "db-01": {}, "db-02": {} }, none, none, none, swapped);
    expect(result).toMatchObject({ database: "db-02" });
    expect(tried).toEqual(["db-02"]);
  });

  test("ends if nobody becomes the primary, and then surely did nothing", async () => {
    const { result, tried } = await run({ "db-01": {}, "db-02": {} }, [gone("db-01"), replica]);
    expect(result).toBeInstanceOf(Unavailable);
    expect(tried).toEqual([]);
  });

  test("is unknown if the database takes it and does not answer in time", async () => {
    const silent = { write: () => new Promise<never>(() => undefined) };
    const { result } = await run({ "db-01": silent }, [primary]);
    expect(result).toBeInstanceOf(OutcomeUnknown);
  });

  test("is not sent any more once its visitor was told that nothing was written", async () => {
    let connected: () => void = () => undefined;
    const slow = {
      ping: () =>
        new Promise<void>((resolve) => {
          connected = resolve;
        }),
    };
    const { result, tried } = await run({ "db-01": slow }, [primary]);
    expect(result).toBeInstanceOf(Unavailable);
    connected();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(tried).toEqual([]);
  });

  test("is not repeated if the connection breaks during the statement: the outcome is unknown", async () => {
    const broken = failing(Object.assign(new Error(), { code: "PROTOCOL_CONNECTION_LOST", fatal: true }));
    const { result, tried } = await run({ "db-01": broken, "db-02": {} }, [primary, replica], swapped);
    expect(result).toBeInstanceOf(OutcomeUnknown);
    expect(tried).toEqual(["db-01"]);
  });

  test("is not repeated if the database refuses the statement", async () => {
    const { result, tried } = await run({ "db-01": failing(mysqlError(1146, "ER_NO_SUCH_TABLE")) }, [
      primary,
    ]);
    expect(result).toBeInstanceOf(Unavailable);
    expect(tried).toEqual(["db-01"]);
  });

  test("goes nowhere if there are two primaries", async () => {
    const { result, tried } = await run({ "db-01": {}, "db-02": {} }, [primary, state("db-02", "primary")]);
    expect(result).toBeInstanceOf(Unavailable);
    expect(tried).toEqual([]);
  });
});
