import { expect, test } from "vitest";
import { decide } from "../src/decide.ts";
import { MISTAKES, MISTAKES_OF_THREE, type Mistake, withMistake } from "./mistakes.ts";
import { search } from "./search.ts";
import { type Bounds, chain, start } from "./world.ts";

const BOUNDS = { databases: 2, writes: 2, crashes: 1 } as const;

test("in no order of events is an acknowledged write lost, and from each the pair can become whole again", () => {
  const { problem, way, worlds } = search(decide, BOUNDS);
  expect([problem, way]).toEqual([undefined, []]);
  expect(worlds).toBeGreaterThan(100_000);
});

/** Three databases have too many worlds: these are the nearest, and managers are mistaken in fewer ways. */
const THREE: Bounds = {
  ...{ databases: 3, writes: 1, crashes: 0, most: 50_000 },
  sights: ["no peer", "no other peer", "nothing confirmed", "vacant for long", "near"],
};

test.each([
  ["that begin", start(3)],
  ["that are whole", chain()],
])("three databases %s: in no order of the next events is an acknowledged write lost", (_, from) => {
  const sights = [...(THREE.sights ?? []), "not reached" as const];
  const { problem, way, worlds } = search(decide, { ...THREE, sights, from });
  expect([problem, way]).toEqual([undefined, []]);
  expect(worlds).toBeGreaterThanOrEqual(50_000);
});

const found = async (mistake: Mistake, bounds: Bounds) => {
  const careless = "careless" in mistake ? mistake.careless : {};
  const { problem } = search(await withMistake(mistake), bounds, careless);
  expect(problem).toMatch(/^an acknowledged write is not on|, and has what its source never had$/);
};

test.each(MISTAKES)("a mistake is found: $name", (mistake) => found(mistake, BOUNDS));

test.each(MISTAKES_OF_THREE)("a mistake with three databases is found: $name", (mistake) =>
  found(mistake, { ...THREE, from: chain(), most: 500_000 }),
);
