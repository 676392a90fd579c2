import { describe, expect, test } from "vitest";
import type { Asked } from "../../drill/clients.ts";
import { alternations, type Evidence, judge } from "../../drill/judge.ts";

let number = 0;

/** A write, by default acknowledged by database A within ten milliseconds. */
function write(sent: number, differs: Partial<Asked> = {}): Asked {
  number++;
  const usual = { kind: "write", sent, answered: sent + 10, outcome: "ok", by: "A", why: "" } as const;
  return { ...usual, message: `message ${number}`, id: number, ...differs };
}

const has = (writes: readonly Asked[]) => new Map(writes.map(({ message, id }) => [message, [id ?? 0]]));

/** Two databases that have all acknowledged writes, unless it is said otherwise. */
function evidence(history: readonly Asked[], differs: Partial<Evidence> = {}): Evidence {
  const all = has(history.filter(({ kind, outcome }) => kind === "write" && outcome === "ok"));
  const entries = new Map([
    ["db-01", all],
    ["db-02", all],
  ]);
  return { history, entries, sums: ["1", "1"], takeovers: 0, moment: 100, ...differs };
}

describe("a round", () => {
  test("is good if both databases have what was acknowledged", () => {
    const history = [write(50), write(150), write(400), write(420)];
    expect(judge(evidence(history))).toMatchObject({
      ...{ outage: 250, acknowledged: 4, failed: 0, unknown: 0, unread: 0, lost: 0, violations: [] },
    });
  });

  test("counts what failed, what nobody knows, and pages", () => {
    const history = [
      ...[write(50), write(150)],
      ...[write(200, { outcome: "failed" }), write(210, { outcome: "unknown" })],
      write(220, { kind: "read", outcome: "failed" }),
    ];
    expect(judge(evidence(history))).toMatchObject({ failed: 1, unknown: 1, unread: 1, violations: [] });
  });

  test("that never writes again waits until its end", () => {
    const history = [write(50), write(900, { outcome: "unknown" })];
    expect(judge(evidence(history)).outage).toBe(850);
  });

  const [kept, gone] = [write(50), write(60)];
  const failed = write(70, { outcome: "failed" });
  const both = (db02: ReadonlyMap<string, readonly number[]>) =>
    new Map([
      ["db-01", has([kept, gone])],
      ["db-02", db02],
    ]);
  test.each<[string, Partial<Evidence>, string]>([
    [
      "an acknowledged write is not on one of them",
      { entries: both(has([kept])) },
      `db-02: 1 acknowledged and not there, for example ${gone.message}`,
    ],
    [
      "it is there under another number",
      { entries: both(new Map([...has([kept]), [gone.message, [99]]])) },
      `db-02: 1 acknowledged and not there, for example ${gone.message}`,
    ],
    [
      "it is there twice",
      { entries: both(new Map([...has([kept]), [gone.message, [gone.id ?? 0, 99]]])) },
      `db-02: 1 there more than once, for example ${gone.message}`,
    ],
    [
      "what the site called not saved is there",
      { entries: both(has([kept, gone, failed])) },
      `db-02: 1 there, though the site said "not saved", for example ${failed.message}`,
    ],
    ["the tables differ", { sums: ["1", "2"] }, "the tables differ: 1, 2"],
  ])("is bad if %s", (_, differs, why) => {
    expect(judge(evidence([kept, gone, failed], differs)).violations).toEqual([why]);
  });

  test("is bad if nothing was acknowledged", () => {
    expect(judge(evidence([write(50, { outcome: "unknown" })])).violations).toEqual([
      "no write was acknowledged at all",
    ]);
  });

  test("is bad if two databases acknowledged by turns", () => {
    const history = [write(10), write(30, { by: "B" }), write(50)];
    expect(judge(evidence(history, { takeovers: 1 })).violations).toEqual([
      "2 times another database acknowledged, and there were 1 takeovers: two at a time",
    ]);
    expect(judge(evidence(history, { takeovers: 2 })).violations).toEqual([]);
  });
});

describe("the database that acknowledges", () => {
  test.each<[string, readonly Asked[], number]>([
    ["stays", [write(10), write(30)], 0],
    ["becomes another one once", [write(10), write(30, { by: "B" }), write(50, { by: "B" })], 1],
    [
      "may answer late what it had before the other one did",
      [write(10), write(20, { answered: 60 }), write(30, { by: "B" })],
      1,
    ],
  ])("%s", (_, history, changes) => {
    expect(alternations(history)).toBe(changes);
  });
});
