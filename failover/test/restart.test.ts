import { beforeEach, describe, expect, test } from "vitest";
import { Requests } from "../src/requests.ts";
import { type Health, restartInTurn } from "../src/restart.ts";
import type { Store, Sync } from "../src/seen.ts";
import { Memory } from "./memory.ts";
import { open as primary } from "./primary.ts";

const PREFIX = "/f/";
/** Milliseconds that count as a second here. */
const SECOND = 10;

let memory: Memory;
let done: string[];
let paused: boolean;
/** Whether a request for another primary comes true. */
let follows: boolean;

beforeEach(() => {
  memory = new Memory();
  done = [];
  paused = false;
  follows = true;
});

const sync = async (): Promise<Sync> => JSON.parse((await memory.etcd.get(`${PREFIX}sync`))?.value ?? "");
const says = (one: Sync) => memory.etcd.put(`${PREFIX}sync`, JSON.stringify(one));

/** The manager of a machine: a request comes true when somebody observes. */
function machine(me: string) {
  const requests = new Requests(memory.etcd, PREFIX);
  const told = requests.sync.bind(requests);
  requests.sync = async () => {
    const [term, name] = memory.value(`${PREFIX}wanted`)?.split(" ") ?? [];
    const now = await sync();
    if (follows && name === now.standby && Number(term) === now.term) {
      done.push(`${name} takes over`);
      await says({ term: now.term + 1, primary: now.standby ?? "", standby: now.primary });
    }
    return told();
  };
  const health = async (): Promise<Health> => {
    const now = await sync();
    const open = now.primary === me;
    return {
      store: { sync: now, paused } as Store,
      mysql: { ...primary, open, receives: open ? null : now.primary },
    };
  };
  const restart = async () => {
    done.push(`${me} restarts`);
    await new Promise((resolve) => setTimeout(resolve, SECOND * 2));
    done.push(`${me} is back`);
  };
  return restartInTurn({ me, requests, health, restart, log: () => undefined, second: SECOND });
}

describe("MySQL is restarted", () => {
  test("at once on a replica", async () => {
    await says({ term: 1, primary: "db-01", standby: "db-02" });
    await machine("db-02");
    expect(done).toEqual(["db-02 restarts", "db-02 is back"]);
    expect(memory.value(`${PREFIX}restarting`)).toBe(undefined);
  });

  test("on a primary after its standby has taken over, and it is the primary again", async () => {
    await says({ term: 1, primary: "db-01", standby: "db-02" });
    await machine("db-01");
    expect(done).toEqual(["db-02 takes over", "db-01 restarts", "db-01 is back", "db-01 takes over"]);
    expect(memory.value(`${PREFIX}wanted`)).toBe(undefined);
  });

  test("on both one after the other, the standby first", async () => {
    await says({ term: 1, primary: "db-01", standby: "db-02" });
    await Promise.all([machine("db-01"), machine("db-02")]);
    expect(done).toEqual([
      ...["db-02 restarts", "db-02 is back"],
      ...["db-02 takes over", "db-01 restarts", "db-01 is back", "db-01 takes over"],
    ]);
  });

  test("on a primary that is alone, which nobody can spare", async () => {
    await says({ term: 1, primary: "db-01", standby: null });
    await machine("db-01");
    expect(done).toEqual(["db-01 restarts", "db-01 is back"]);
  });

  test("on no primary whose standby does not take over", async () => {
    await says({ term: 1, primary: "db-01", standby: "db-02" });
    follows = false;
    await expect(machine("db-01")).rejects.toThrow(
      "waited 0.1 s in vain until db-02 is the primary. MySQL was not restarted.",
    );
    expect(done).toEqual([]);
    expect(memory.value(`${PREFIX}wanted`)).toBe(undefined);
    expect(memory.value(`${PREFIX}restarting`)).toBe(undefined);
  });

  test("on no primary while people have paused promotion", async () => {
    await says({ term: 1, primary: "db-01", standby: "db-02" });
    paused = true;
    await expect(machine("db-01")).rejects.toThrow("promotion is paused");
    expect(done).toEqual([]);
  });

  test("nowhere while the store is away: nobody could open it afterwards", async () => {
    memory.etcd.get = async () => {
      throw new Error("no member answers");
    };
    await expect(machine("db-02")).rejects.toThrow("no member answers");
    expect(done).toEqual([]);
  });
});
