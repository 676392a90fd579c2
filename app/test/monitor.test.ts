import { expect, test, vi } from "vitest";
import { startMonitor } from "../src/database/monitor.ts";
import type { Row } from "../src/database/session.ts";
import { makeWrite } from "../src/database/writing.ts";
import { fakeClient, mysqlError, SILENT } from "./support.ts";

const takesWrites = async (sql: string): Promise<Row[]> => {
  if (sql.includes("quintet.failover")) throw mysqlError(1146, "ER_NO_SUCH_TABLE");
  return [{ readOnly: 0, executed: "", containsSnapshot: 0 }];
};
const silent = () => new Promise<never>(() => undefined);

function monitorOf(rows: Record<string, (sql: string) => Promise<Row[]>>) {
  const clients = Object.entries(rows).map(([name, rows]) => fakeClient(name, { rows }));
  const monitor = startMonitor(clients, SILENT);
  const roles = () => Object.fromEntries(monitor.states().map(({ name, role }) => [name, role]));
  return { monitor, roles, clients: new Map(clients.map((client) => [client.name, client])) };
}

test("what a database says counts while another one does not answer", async () => {
  const { monitor, roles } = monitorOf({ "db-01": silent, "db-02": takesWrites });
  void monitor.probeNow();
  await vi.waitFor(() => expect(roles()).toEqual({ "db-01": "unknown", "db-02": "primary" }));
  monitor.stop();
});

test("a write goes to a new primary while the old one does not answer", async () => {
  const { monitor, clients } = monitorOf({ "db-01": silent, "db-02": takesWrites });
  const write = makeWrite({ clients, monitor, log: SILENT }, 1);
  const written = await write((session) => session.write("INSERT", []));
  expect(written.database).toBe("db-02");
  monitor.stop();
});

test("who asks while an answer is on its way hears what was asked after that", async () => {
  const answers: (() => void)[] = [];
  const slow = () =>
    new Promise<Row[]>((resolve) => answers.push(() => resolve([{ readOnly: 1, executed: "" }])));
  const { monitor } = monitorOf({ "db-01": slow });
  void monitor.probeNow();
  let ended = false;
  const second = monitor.probeNow().then(() => {
    ended = true;
  });
  // A replica is asked twice: for its role, and how it replicates.
  for (let number = 0; number < 4; number++) {
    await vi.waitFor(() => expect(answers).toHaveLength(number + 1));
    expect(ended).toBe(false);
    answers[number]?.();
  }
  await second;
  monitor.stop();
});
