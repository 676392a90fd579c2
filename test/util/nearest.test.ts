import { expect, test } from "vitest";
import { didYouMean, list } from "../../engine/util/nearest.ts";

test.each([
  ["web-1", ["web-01", "db-01"], ' (did you mean "web-01"?)'],
  ["ngnix", ["mysql", "nginx"], ' (did you mean "nginx"?)'],
  ["mail", ["web-01", "db-01"], ""],
  ["anything", [], ""],
])("%s of %j%s", (given, known, said) => {
  expect(didYouMean(given, known)).toBe(said);
});

test.each([
  [[], "none"],
  [["a"], '"a"'],
  [["a", "b"], '"a" and "b"'],
  [["a", "b", "c"], '"a", "b" and "c"'],
])("list of %j", (names, said) => {
  expect(list(names)).toBe(said);
});
