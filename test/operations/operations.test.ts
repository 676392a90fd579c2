import { describe, expect, test } from "vitest";
import { RefusedError, UsageError } from "../../engine/util/errors.ts";
import { promote } from "../../operations/promote.ts";
import { promotion } from "../../operations/promotion.ts";
import { switchover } from "../../operations/switchover.ts";
import type { StoreKnows } from "../../roles/failover/topology.ts";

const STORE: StoreKnows = { term: 3, primary: "db-01", standby: "db-02", paused: false };
const DATABASES = ["db-01", "db-02", "db-03"];
const on = (differs: Partial<StoreKnows> = {}): StoreKnows => ({ ...STORE, ...differs });
const namesOf = ({ steps }: { steps: readonly { name: string }[] }) => steps.map(({ name }) => name);

describe("a switchover", () => {
  test("lets the standby take over, and waits until the former primary is the standby", () => {
    const planned = switchover(on(), DATABASES, 1, undefined);
    expect(planned.words).toEqual(["--to", "db-02"]);
    expect(namesOf(planned)).toEqual(["db-02 takes over from db-01", "db-01 becomes the standby"]);
    expect(planned.steps.map(({ undo }) => undo !== undefined)).toEqual([true, false]);
  });

  test("waits longer on slow machines", () => {
    const seconds = (patience: number) =>
      switchover(on(), DATABASES, patience, "db-02").steps.map((step) => step.seconds);
    expect(seconds(4)).toEqual(seconds(1).map((one) => one * 4));
  });

  test.each<[string, StoreKnows, string, string]>([
    ["the primary", on(), "db-01", "db-01 is the primary already. Nothing was changed."],
    [
      "one that is no standby",
      on(),
      "db-03",
      "db-03 is no standby: it may lack writes that were acknowledged. The standby is db-02. Nothing",
    ],
    [
      "one while the primary is alone",
      on({ standby: null }),
      "db-02",
      "db-02 is no standby: it may lack writes that were acknowledged. db-01 is alone. Nothing",
    ],
    ["one while promotion is paused", on({ paused: true }), "db-02", "npm run promotion -- resume"],
  ])("is refused to %s", (_, store, to, why) => {
    const plan = () => switchover(store, DATABASES, 1, to);
    expect(plan).toThrow(RefusedError);
    expect(plan).toThrow(why);
  });

  test("says so if there is no standby at all", () => {
    expect(() => switchover(on({ standby: null }), DATABASES, 1, undefined)).toThrow(
      "there is no standby: it may lack",
    );
  });

  test("to what is no database is wrong usage", () => {
    const plan = () => switchover(on(), DATABASES, 1, "web-01");
    expect(plan).toThrow(UsageError);
    expect(plan).toThrow('--to: found "web-01"; expected one of the databases: db-01, db-02, db-03');
  });
});

describe("a promotion by hand", () => {
  const by = (name: string, lacks: string | undefined, mayLose = false, store = on({ standby: null })) =>
    promote(store, DATABASES, { name, lacks, mayLose });

  test("names what would be lost, and can then not be taken back", () => {
    const planned = by("db-03", "a:5-7", true);
    expect(namesOf(planned)).toEqual([
      "db-03 becomes the primary. db-03 lacks these transactions of db-01: a:5-7",
    ]);
    expect(planned.steps.map(({ undo }) => undo)).toEqual([undefined]);
  });

  test.each<[string, () => unknown, string]>([
    ["of the primary", () => by("db-01", ""), "db-01 is the primary already"],
    ["of the standby", () => by("db-02", "", true, on()), "it takes over by itself within seconds"],
    [
      "of the standby while promotion is paused",
      () => by("db-02", "", true, on({ paused: true })),
      "it takes over by itself, once promotion is resumed",
    ],
    ["that loses writes", () => by("db-02", "a:5-7"), "db-02 lacks these transactions of db-01: a:5-7."],
    [
      "of which nobody knows what it loses",
      () => by("db-02", undefined),
      "db-01 cannot be asked: nobody knows what was acknowledged since db-02 was the standby",
    ],
  ])("is refused %s", (_, plan, why) => {
    expect(plan).toThrow(RefusedError);
    expect(plan).toThrow(why);
  });

  test("of what is no database is wrong usage", () => {
    expect(() => by("web-01", undefined, true)).toThrow(UsageError);
  });
});

test.each([["pause", "resume"] as const, ["resume", "pause"] as const])(
  "to %s promotion is taken back by the other",
  (verb, other) => {
    const [step] = promotion(verb, "db-01", 1).steps;
    expect(step?.run.reveal()).toMatch(new RegExp(`${verb} /etc`));
    expect(step?.undo?.reveal()).toMatch(new RegExp(`${other} /etc`));
  },
);
