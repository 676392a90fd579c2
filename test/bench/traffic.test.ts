import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { ASKED, type Closed, DIRECTLY, type Figures, note } from "../../bench/traffic/figures.ts";
import { openLoop } from "../../bench/traffic/open-loop.ts";
import { perRequest } from "../../bench/traffic/processors.ts";
import { tables } from "../../bench/traffic/tables.ts";

const [STATIC, APPLICATION] = ASKED.map(({ name }) => name);

test("a server that stalls is seen by every request that was due meanwhile, not by one", async () => {
  const [stall, rate, seconds] = [600, 100, 1];
  let answered = 0;
  let stalled: Promise<void> | undefined;
  const server = createServer(async (_request, answer) => {
    // Behind the requests of the warm-up, which takes longer than a second.
    if (++answered === 160) stalled = sleep(stall);
    await stalled;
    answer.end("well");
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const found = await openLoop({ origin, path: "/", host: "www.foobar.com", rate, seconds });
  server.closeAllConnections();
  server.close();
  expect(found.requests).toBe(rate * seconds);
  // Who asks only after the last answer sees one long answer of many.
  expect(found.p50).toBeGreaterThan(stall / 10);
  expect(found.p99).toBeGreaterThan(stall / 2);
});

test("the share of one web server asked directly stands beside its goal", () => {
  const closed: Figures["closed"] = {};
  const add = (asked: string | undefined, contender: string, rate: number, failed = 0) =>
    note<Closed>(closed, asked ?? "", contender, { rate, failed, spent: { HAProxy: 12.4, wrk: 3 } });
  for (const rate of [2900, 3000, 9000]) add(STATIC, "Quintet", rate);
  add(STATIC, DIRECTLY, 10_000);
  add(APPLICATION, "Quintet", 399, 2);
  add(APPLICATION, DIRECTLY, 1000);
  const page = tables({ where: "a box", closed, open: {}, handshakes: {} });
  expect(page).toContain(
    "| a static file | 3000/s (2900 3000 9000) |  |  | 10000/s (10000) | **30 %** | at least 30 %, reached |",
  );
  expect(page).toContain("| **40 %** | at least 40 %, missed |");
  expect(page).toContain("Failed requests: the application alone, Quintet: 2.");
  expect(page).toContain("| a static file | HAProxy | 12 |  |  | 12 |");
});

test("processor time is what was spent meanwhile, for each request", () => {
  expect(perRequest({ Nginx: 100 }, { Nginx: 400, wrk: 50 }, 10)).toEqual({ Nginx: 30, wrk: 5 });
});
