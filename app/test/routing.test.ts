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
const primary = state("db-01", "primary");
const replica = state("db-02", "replica", { replicating: true, lagSeconds: 0 });
const gone = (name: string) => state(name, "unknown", { error: "ECONNREFUSED" });

describe("which database is the primary", () => {
  test("the writable one", () => expect(choosePrimary([replica, primary])).toEqual({ name: "db-01" }));
  test("none", () => expect(choosePrimary([replica, gone("db-01")]).why).toMatch(/no reachable/));
  test("two claims are none", () => {
    const { name, why } = choosePrimary([primary, state("db-02", "primary")]);
    expect([name, why]).toEqual([undefined, "more than one database is writable: db-01, db-02"]);
  });
});

describe("the order of reading", () => {
  const third = state("db-03", "replica", { replicating: true, lagSeconds: 5 });
  test.each([
    ["a replica first", [primary, replica], 0, ["db-02", "db-01"]],
    ["replicas in turn", [primary, replica, third], 1, ["db-03", "db-02", "db-01"]],
    [
      "an unmeasured replica is good",
      [primary, state("db-02", "replica", { lagSeconds: null })],
      0,
      ["db-02", "db-01"],
    ],
    ["behind: last", [primary, { ...replica, lagSeconds: 5.1 }], 0, ["db-01", "db-02"]],
    ["not replicating: last", [primary, { ...replica, replicating: false }], 0, ["db-01", "db-02"]],
    ["replica away", [primary, gone("db-02")], 0, ["db-01"]],
    ["primary away", [gone("db-01"), { ...replica, replicating: false }], 3, ["db-02"]],
    ["all away", [gone("db-01"), gone("db-02")], 0, []],
  ])("%s", (_what, states, turn, expected) => expect(readOrder(states, turn)).toEqual(expected));

  test("ready needs one primary", () => {
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
  ])("%s is %s", (error, expected) => expect(classifyFailure(error)).toBe(expected));

  test("are told without the statement", () => {
    expect(failureCode(mysqlError(1064, "ER_PARSE_ERROR", { sql: "INSERT secret" }))).toBe("ER_PARSE_ERROR");
    expect(failureCode(new NotConnected(Object.assign(new Error("x"), { code: "ECONNREFUSED" })))).toBe(
      "ECONNREFUSED",
    );
  });
});

describe("probing", () => {
  const snapshot = { gtidSet: GTID, takenAt: 1000 };
  test.each([
    ["contains it", snapshot, true, 500, 99, 0],
    ["behind since", snapshot, false, 500, 0, 2.5],
    ["behind for longer, as it says", snapshot, false, 500, 99, 99],
    ["never current", snapshot, false, undefined, 0, 2],
    ["no primary", undefined, false, 500, 0, null],
  ])("lag: %s", (_what, taken, contains, currentAt, saysItself, expected) => {
    expect(lagSeconds(taken, contains, currentAt, saysItself, 3000)).toBe(expected);
  });

  test("a replica that was never current, or was away, is behind since the first snapshot it lacked", async () => {
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

  const asking = (readOnly: number, status: Session["rows"]) =>
    fakeClient("db-02", {
      rows: async (sql) =>
        sql.startsWith("SHOW") ? status(sql) : [{ readOnly, executed: GTID, containsSnapshot: 1 }],
    });
  const running = { Replica_IO_Running: "Yes", Replica_SQL_Running: "Yes" };

  test("a writable host is a primary and not asked for its replication", async () => {
    const client = asking(0, async () => Promise.reject(new Error("asked")));
    const { state: found } = await probeDatabase(client, snapshot, undefined);
    expect(found).toEqual({ name: "db-02", reachable: true, role: "primary" });
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

  test("a host that is away is an answer too", async () => {
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

  test("fails as unavailable if all are away, and asks for the roles again", async () => {
    const all = hosts({ "db-01": lost, "db-02": lost });
    await expect(makeRead(all)(task)).rejects.toThrow(Unavailable);
    expect(all.monitor.probes).toBe(2);
  });

  test("does not hide a fault of the program", async () => {
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
    const write = makeWrite({ clients, monitor: fakeMonitor(...rounds), log: SILENT });
    const result = await write((session) => session.write("INSERT", [])).catch((error: unknown) => error);
    return { result, tried };
  };
  const failing = (error: Error) => ({ write: async () => Promise.reject(error) });

  test("goes to the primary and brings its GTID", async () => {
    const { result, tried } = await run({ "db-01": {}, "db-02": {} }, [primary, replica]);
    expect(result).toMatchObject({ database: "db-01", role: "primary", gtid: GTID });
    expect(tried).toEqual(["db-01"]);
  });

  test("without its own GTID it brings all that was executed", async () => {
    const rows = async () => [{ executed: `${GTID},\n${GTID}` }];
    const { result } = await run({ "db-01": { rows, write: async () => ({ insertId: 1 }) } }, [primary]);
    expect(result).toMatchObject({ gtid: `${GTID},${GTID}` });
  });

  test("follows when the primary has become read-only", async () => {
    const readOnly = failing(mysqlError(1290, "ER_OPTION_PREVENTS_STATEMENT"));
    const { result, tried } = await run({ "db-01": readOnly, "db-02": {} }, [primary, replica], swapped);
    expect(result).toMatchObject({ database: "db-02" });
    expect(tried).toEqual(["db-01", "db-02"]);
  });

  test("follows when the connection is dead before the statement", async () => {
    const dead = {
      ping: async () => Promise.reject(Object.assign(new Error(), { code: "EPIPE", fatal: true })),
    };
    const { result, tried } = await run({ "db-01": dead, "db-02": {} }, [primary, replica], swapped);
    expect(result).toMatchObject({ database: "db-02" });
    expect(tried).toEqual(["db-02"]);
  });

  test("is not repeated when the connection breaks meanwhile: the outcome is unknown", async () => {
    const broken = failing(Object.assign(new Error(), { code: "PROTOCOL_CONNECTION_LOST", fatal: true }));
    const { result, tried } = await run({ "db-01": broken, "db-02": {} }, [primary, replica], swapped);
    expect(result).toBeInstanceOf(OutcomeUnknown);
    expect(tried).toEqual(["db-01"]);
  });

  test("is not repeated when the statement is refused", async () => {
    const { result, tried } = await run({ "db-01": failing(mysqlError(1146, "ER_NO_SUCH_TABLE")) }, [
      primary,
    ]);
    expect(result).toBeInstanceOf(Unavailable);
    expect(tried).toEqual(["db-01"]);
  });

  test("writes to neither of two primaries", async () => {
    const { result, tried } = await run({ "db-01": {}, "db-02": {} }, [primary, state("db-02", "primary")]);
    expect(result).toBeInstanceOf(Unavailable);
    expect(tried).toEqual([]);
  });
});
