import { expect, test } from "vitest";
import { decide } from "../src/decide.ts";
import { MISTAKES, withMistake } from "./mistakes.ts";
import { search } from "./search.ts";

const BOUNDS = { writes: 2, crashes: 1 };

test("in no order of events is an acknowledged write lost, and from each the pair can become whole again", () => {
  const { problem, way, worlds } = search(decide, BOUNDS);
  expect([problem, way]).toEqual([undefined, []]);
  expect(worlds).toBeGreaterThan(100_000);
});

test.each(MISTAKES)("a mistake is found: $name", async (mistake) => {
  const careless = "careless" in mistake ? mistake.careless : {};
  const { problem } = search(await withMistake(mistake), BOUNDS, careless);
  expect(problem).toMatch(/^an acknowledged write is not on|, and has what its source never had$/);
});
