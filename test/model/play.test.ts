import { expect, test } from "vitest";
import { type Play, play, site, stagesOf } from "../../engine/model/play.ts";
import { roleOf } from "../helpers/site.ts";

const shape = (...plays: Play[]) =>
  stagesOf(site(...plays)).map((stage) => [
    stage.plays.map(({ group }) => group).join("+"),
    stage.serial,
    stage.stopOnFailure,
  ]);

const plain = (group: string) => play(group, [roleOf("x", () => [])]);
const alone = (group: string, options: Parameters<typeof play>[2]) => play(group, [], options);
const ALL = Number.POSITIVE_INFINITY;

test.each<[string, Play[], unknown[][]]>([
  ["no plays", [], []],
  ["neighbouring plays share a stage", [plain("a"), plain("b"), plain("c")], [["a+b+c", ALL, false]]],
  [
    "a play with `serial` has its own stage",
    [plain("a"), alone("b", { serial: 1 }), plain("c"), plain("d")],
    [
      ["a", ALL, false],
      ["b", 1, false],
      ["c+d", ALL, false],
    ],
  ],
  [
    "a play with `stopOnFailure` has its own stage",
    [alone("a", { stopOnFailure: true }), plain("b")],
    [
      ["a", ALL, true],
      ["b", ALL, false],
    ],
  ],
  [
    "two plays with `serial` do not share a stage",
    [alone("a", { serial: 1 }), alone("b", { serial: 2 })],
    [
      ["a", 1, false],
      ["b", 2, false],
    ],
  ],
])("stages: %s", (_, plays, stages) => {
  expect(shape(...plays)).toEqual(stages);
});
