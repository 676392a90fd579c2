import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { issue, newKey, selfSigned } from "../../engine/pki/issue.ts";
import { serve } from "../src/http.ts";
import type { Manager, Status } from "../src/manager.ts";
import { askingPeers } from "../src/peers.ts";
import type { Mysql, Store } from "../src/seen.ts";
import { open } from "./primary.ts";

const folder = mkdtempSync(join(tmpdir(), "quintet-"));
const certificate = join(folder, "pair.pem");
const replica: Mysql = { ...open, open: false, waits: false, receives: "db-01", reaches: true };
const store: Store = {
  sync: { term: 7, primary: "db-01", standby: "db-02" },
  ...{ leader: "db-01", heir: null, vacantFor: 0, paused: false, wanted: null },
};
const told = {
  open: true,
  receives: null,
  admits: ["db-02"],
  has: "de1a0944-ec91-11f1-a526-3ab3bf6be559:1-21193",
};

let authority = "";
let url = "";
let status: Status;

beforeAll(async () => {
  const [key, own] = [newKey(), newKey()];
  const permitted = { domains: ["foobar.test"], networks: ["127.0.0.0/8"] };
  authority = await selfSigned(key, "test", permitted, new Date());
  const signer = { certificate: new X509Certificate(authority), key };
  const leaf = await issue(
    own,
    { name: "db-01", dns: ["db-01.foobar.test"], addresses: ["127.0.0.1"] },
    signer,
    new Date(),
  );
  writeFileSync(certificate, `${leaf}\n${own.export({ type: "pkcs8", format: "pem" })}`);
  const manager = {
    get status() {
      return status;
    },
  } as Manager;
  const server = serve(manager, { me: "db-01", port: 0, address: "127.0.0.1", certificate });
  await once(server, "listening");
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return () => server.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(() => {
  status = {
    ...{ at: performance.now(), store, storeWhy: undefined, step: { do: "nothing", why: "well" } },
    aloneSince: undefined,
    observed: { mysql: open, peers: {}, told },
    done: new Map([
      ["nothing", 3],
      ["lead again", 1],
    ]),
  };
});

function answer(path: string, method = "GET"): Promise<{ code: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const asking = request(`${url}${path}`, { ca: authority, method }, (got) => {
      let body = "";
      got.setEncoding("utf8").on("data", (chunk) => {
        body += chunk;
      });
      got.on("end", () => resolve({ code: got.statusCode, body }));
    });
    asking.on("error", reject);
    asking.end();
  });
}
const codes = async () => [
  (await answer("/primary")).code,
  (await answer("/replica")).code,
  (await answer("/health")).code,
];

test("a primary says that it is one, also while the store is away", async () => {
  expect(await codes()).toEqual([200, 503, 200]);
  Object.assign(status, { store: null, storeWhy: "no answer" });
  expect(await codes()).toEqual([200, 503, 503]);
  expect(JSON.parse((await answer("/health")).body)).toMatchObject({ name: "db-01", store: "no answer" });
});

test("a replica is one if it follows the primary", async () => {
  status.observed = { ...status.observed, mysql: replica };
  expect(await codes()).toEqual([503, 200, 200]);
  status.observed = { ...status.observed, mysql: { ...replica, receives: "db-03" } };
  expect(await codes()).toEqual([503, 503, 200]);
});

test.each(["gone", "frozen", "starting", undefined] as const)(
  "a MySQL that is %s is neither",
  async (mysql) => {
    status.observed = { mysql, peers: {}, told: null };
    expect(await codes()).toEqual([503, 503, 503]);
  },
);

test("a manager says for how many seconds its primary has had no standby", async () => {
  const aloneFor = async () => JSON.parse((await answer("/health")).body).aloneFor;
  expect(await aloneFor()).toBe(null);
  status.aloneSince = performance.now() - 12_300;
  expect(await aloneFor()).toBe(12);
});

test("what a manager knew before it stood still says nothing", async () => {
  status.at = performance.now() - 6000;
  expect(await codes()).toEqual([503, 503, 503]);
  expect(JSON.parse((await answer("/told")).body)).toBe(null);
  expect((await answer("/metrics")).body).toContain("quintet_failover_up 0\n");
});

test("everything else is not there", async () => {
  expect((await answer("/")).code).toBe(404);
  expect((await answer("/primary", "POST")).code).toBe(404);
  expect((await answer("/toString")).code).toBe(404);
});

test("its figures are Prometheus' text", async () => {
  const { body } = await answer("/metrics");
  for (const line of [
    "# TYPE quintet_failover_open gauge",
    "quintet_failover_open 1",
    "quintet_failover_leader 1",
    "quintet_failover_term 7",
    'quintet_failover_standby{name="db-02"} 1',
    'quintet_failover_steps_total{step="lead again"} 1',
  ])
    expect(body).toContain(`${line}\n`);
});

test("other managers hear what it has, and null from one that does not answer or is another one", async () => {
  const urls = { "db-01": url, "db-03": "https://127.0.0.1:1" };
  const ask = askingPeers({ urls, authority, patience: 2000 });
  expect(await ask()).toEqual({ "db-01": told, "db-03": null });
  status.observed = { ...status.observed, told: null };
  expect(await ask()).toEqual({ "db-01": null, "db-03": null });
  const stranger = await selfSigned(
    newKey(),
    "stranger",
    { domains: ["foobar.test"], networks: [] },
    new Date(),
  );
  expect(await askingPeers({ urls, authority: stranger, patience: 2000 })()).toEqual({
    "db-01": null,
    "db-03": null,
  });
});

test("a manager that stays silent holds others once: then it is waited for briefly, until it answers again", async () => {
  const silences: ServerResponse[] = [];
  let answers = false;
  const server = createServer(
    { key: readFileSync(certificate), cert: readFileSync(certificate) },
    (_, reply) => {
      if (answers) reply.end(JSON.stringify(told));
      else silences.push(reply);
    },
  );
  await once(server.listen(0, "127.0.0.1"), "listening");
  const ask = askingPeers({
    ...{ authority, patience: 2000 },
    urls: { "db-02": `https://127.0.0.1:${(server.address() as AddressInfo).port}` },
  });
  expect(await ask()).toEqual({ "db-02": null });
  // The next question is still on its way when the observation goes on without it.
  expect(await ask()).toEqual({ "db-02": null });
  await vi.waitFor(() => expect(silences).toHaveLength(2));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(silences[1]?.destroyed).toBe(false);
  answers = true;
  // An answer to an earlier question does not count.
  silences[1]?.end(JSON.stringify({ ...told, has: "old" }));
  await vi.waitFor(async () => expect(await ask()).toEqual({ "db-02": told }), 5000);
  server.closeAllConnections();
  server.close();
});
