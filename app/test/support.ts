import { connect } from "node:net";
import { pino } from "pino";
import { onTestFinished } from "vitest";
import type { Config } from "../src/config.ts";
import type { DatabaseState } from "../src/database/choose.ts";
import type { Client } from "../src/database/client.ts";
import type { Monitor } from "../src/database/monitor.ts";
import type { Row, Session } from "../src/database/session.ts";
import type { Database } from "../src/database/types.ts";
import { buildSite } from "../src/site.ts";

export const CONFIG: Config = {
  serverName: "web-07",
  domain: "www.foobar.com",
  release: "r42",
  port: 0,
  patience: 1,
  databases: [{ name: "db-01", host: "127.0.0.1", port: 3306 }],
  databaseName: "guestbook",
  databaseUser: "guestbook",
  databasePassword: "secret",
};

export const SILENT = pino({ level: "silent" });

/** The state of a healthy database. `more` overrides parts of it. */
export function state(
  name: string,
  role: DatabaseState["role"],
  more: Partial<DatabaseState> = {},
): DatabaseState {
  return { name, role, reachable: role !== "unknown", ...more };
}

/** A session that gives the test's answers, or empty ones. */
export function fakeSession(answer: Partial<Session> = {}): Session {
  return { rows: async () => [], write: async () => ({ insertId: 1 }), ping: async () => {}, ...answer };
}

/** A database that runs every task with the given session. */
export function fakeDatabase(session: Partial<Session> = {}, more: Partial<Database> = {}): Database {
  return {
    read: async (task) => ({ value: await task(fakeSession(session)), database: "db-02", role: "replica" }),
    write: async (task) => ({
      value: await task(fakeSession(session)),
      database: "db-01",
      role: "primary",
      gtid: "3e11fa47-71ca-11e1-9e33-c80aa9429562:23",
    }),
    states: () => [state("db-01", "primary"), state("db-02", "replica")],
    close: async () => {},
    ...more,
  };
}

/** A client of one database host. All its connections are the given session. */
export function fakeClient(name: string, session: Partial<Session>): Client {
  const use: Client["use"] = (task) => task(fakeSession(session));
  return { name, use, useProbe: use, close: async () => {} };
}

/** A monitor that returns the first round of states, and after each probe the next round. */
export function fakeMonitor(...rounds: (readonly DatabaseState[])[]): Monitor & { probes: number } {
  const monitor = {
    probes: 0,
    states: () => rounds[Math.min(monitor.probes, rounds.length - 1)] ?? [],
    probeNow: async () => {
      monitor.probes += 1;
    },
    stop: () => {},
  };
  return monitor;
}

/** An error like those of the driver. */
export function mysqlError(errno: number, code: string, more: object = {}): Error {
  return Object.assign(new Error(code), { errno, code, sqlState: "HY000", ...more });
}

/** Starts the site on a free port until the test ends. Returns its address. */
export async function startSite(database: Database = fakeDatabase(), log = SILENT): Promise<string> {
  const site = buildSite(CONFIG, database, log);
  onTestFinished(() => site.close());
  return site.listen({ host: "127.0.0.1", port: 0 });
}

/** Sends raw bytes and returns the whole response. */
export function sendRaw(address: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    let answer = "";
    connect(Number(port), hostname, function (this: import("node:net").Socket) {
      this.write(Buffer.from(bytes, "latin1"));
    })
      .setEncoding("utf8")
      .on("data", (text) => {
        answer += text;
      })
      .on("end", () => resolve(answer))
      .on("error", reject);
  });
}

export const ROW: Row = {
  id: 5,
  name: "<b>Ann</b>",
  message: "Tom & \"Jerry\" <script>alert('x')</script>",
  created_at: new Date("2026-01-02T03:04:05.678Z"),
};
