import { beforeEach, describe, expect, test } from "vitest";
import { Empty, Replaced, Shared } from "../src/store/shared.ts";
import { Memory } from "./memory.ts";

let store: Memory;
let [one, other]: Shared[] = [];
const manager = (me: string) => new Shared(store.etcd, { prefix: "/f/", me, leaseSeconds: 3 });

beforeEach(async () => {
  store = new Memory();
  one = manager("db-01");
  other = manager("db-02");
  await one.seed("db-01");
});

/** Both managers, after an observation of each. */
async function observedByBoth(): Promise<[Shared, Shared]> {
  if (!one || !other) throw new Error("no managers");
  await one.observe();
  await other.observe();
  return [one, other];
}

describe("what the managers share", () => {
  test("is empty at first, and is filled once only", async () => {
    const empty = new Memory();
    await expect(
      new Shared(empty.etcd, { prefix: "/f/", me: "db-01", leaseSeconds: 3 }).observe(),
    ).rejects.toThrow(Empty);
    expect(await one?.seed("db-02")).toBe(false);
    expect((await other?.observe())?.sync).toEqual({
      ...{ term: 1, primary: "db-01", standby: null, newborn: true },
    });
  });

  test("goes on with the terms of a store that is lost", async () => {
    store = new Memory();
    await manager("db-02").seed("db-02", 41);
    expect((await manager("db-01").observe()).sync).toMatchObject({ term: 42, primary: "db-02" });
  });

  test("is newborn until it is first said who the standby is, or that there is none", async () => {
    const [first] = await observedByBoth();
    await first.publish(null);
    expect((await first.observe()).sync).toEqual({ term: 1, primary: "db-01", standby: null });
  });

  test("has one leader at a time", async () => {
    const [first, second] = await observedByBoth();
    expect(await first.leadAgain()).toBe(true);
    expect(await second.take()).toBe(false);
    expect((await second.observe()).leader).toBe("db-01");
  });

  test("has a new term when a database takes the lead", async () => {
    const [first, second] = await observedByBoth();
    await first.leadAgain();
    store.end();
    await second.observe();
    expect(await second.take()).toBe(true);
    expect(await first.observe()).toMatchObject({
      sync: { term: 2, primary: "db-02", standby: null },
      leader: "db-02",
    });
  });

  test("knows how long there has been no leader, from a manager's first observation on", async () => {
    const [first] = await observedByBoth();
    await first.leadAgain();
    expect((await first.observe()).vacantFor).toBe(0);
    store.end();
    expect((await first.observe()).vacantFor).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await first.observe()).vacantFor).toBeGreaterThanOrEqual(19);
  });

  test("has an heir once a leader has given the lead up, until somebody has it again", async () => {
    const [first, second] = await observedByBoth();
    await first.leadAgain();
    await first.observe();
    expect(await first.resign("db-02")).toBe(true);
    expect(await second.observe()).toMatchObject({ leader: null, heir: "db-02" });
    await second.take();
    expect((await first.observe()).heir).toBe(null);
  });

  test("does not lose a lead that somebody else has taken meanwhile to one who gives it up", async () => {
    const [first, second] = await observedByBoth();
    await first.leadAgain();
    await first.observe();
    store.end();
    await second.observe();
    await second.take();
    expect(await first.resign("db-02")).toBe(false);
    expect((await first.observe()).leader).toBe("db-02");
  });

  test("is not changed by one who observed before it changed", async () => {
    const [first, second] = await observedByBoth();
    await second.publish("db-02");
    expect(await first.publish(null)).toBe(false);
    expect((await first.observe()).sync.standby).toBe("db-02");
  });

  test("changes even if a standby is taken back that nobody has published", async () => {
    const [first, second] = await observedByBoth();
    expect(await first.publish(null)).toBe(true);
    expect(await second.publish("db-02")).toBe(false);
  });

  test("has a request of people for one term only", async () => {
    const [first, second] = await observedByBoth();
    await store.etcd.put("/f/wanted", "1 db-02");
    await store.etcd.put("/f/paused", "");
    expect(await second.observe()).toMatchObject({ wanted: "db-02", paused: true });
    await second.take();
    expect((await first.observe()).wanted).toBe(null);
    await store.etcd.put("/f/wanted", "1 db-01");
    expect((await first.observe()).wanted).toBe(null);
  });
});

describe("a change without an answer", () => {
  test("that comes late changes nothing once its manager has observed again", async () => {
    const [first] = await observedByBoth();
    store.next = "on its way";
    await expect(first.publish("db-02")).rejects.toThrow("no answer");
    expect((await first.observe()).sync.standby).toBe(null);
    for (const happens of store.onTheirWay) happens();
    expect((await first.observe()).sync.standby).toBe(null);
  });

  test("is seen by the next observation if it has happened", async () => {
    const [first] = await observedByBoth();
    store.next = "answer lost";
    await expect(first.publish("db-02")).rejects.toThrow("no answer");
    expect((await first.observe()).sync.standby).toBe("db-02");
  });

  test("of a manager that is dead changes nothing once the next one has observed", async () => {
    const [first] = await observedByBoth();
    store.next = "on its way";
    await first.publish("db-02").catch(() => undefined);
    const next = manager("db-01");
    await next.observe();
    for (const happens of store.onTheirWay) happens();
    expect((await next.observe()).sync.standby).toBe(null);
  });
});

test("a manager ends when another one has begun under its name", async () => {
  const [first] = await observedByBoth();
  await manager("db-01").observe();
  await expect(first.observe()).rejects.toThrow(Replaced);
  expect(await first.publish("db-02")).toBe(false);
});
