import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface Override {
  readonly includes: readonly string[];
  readonly linter: {
    readonly rules: {
      readonly style: {
        readonly noRestrictedImports: {
          readonly options: { readonly patterns: readonly { readonly group: readonly string[] }[] };
        };
      };
    };
  };
}

/** The folders of a table's rows, in their order: the cells that begin with `engine/NAME/`. */
const IN_TABLE = [
  ...readFileSync("ARCHITECTURE.md", "utf8").matchAll(/^\| (?:\d+ +\| )?`engine\/(\w+)\/` /gm),
].map(([, name = ""]) => name);

const OVERRIDES = (JSON.parse(readFileSync("biome.json", "utf8")).overrides as readonly Override[]).map(
  ({ includes, linter: { rules } }) => ({
    files: includes.join(),
    forbidden: rules.style.noRestrictedImports.options.patterns.flatMap(({ group }) => group),
  }),
);
const LAYERS = OVERRIDES.flatMap(({ files, forbidden }) => {
  const [, name] = /^engine\/(\w+)\/\*\*$/.exec(files) ?? [];
  return name === undefined ? [] : [{ name, forbidden }];
});

/** What stands above all layers. */
const ABOVE = ["**/engine/index.ts", "../index.ts", "../../index.ts", "**/roles/**", "**/scripts/**"];

const entries = readdirSync("engine", { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => `${parentPath}/${name}`.split(/[/\\]/)[1] ?? "");
const IN_ENGINE = [...new Set(entries)];

test("ARCHITECTURE.md lists the layers in the order in which lint has them", () => {
  expect(LAYERS.length).toBeGreaterThan(0);
  expect(IN_TABLE).toEqual(LAYERS.map(({ name }) => name));
});

test("every folder of engine/ is a layer, and beside them is index.ts alone", () => {
  expect(IN_ENGINE.toSorted()).toEqual([...IN_TABLE, "index.ts"].toSorted());
});

const numbered = LAYERS.map(({ name, forbidden }, at) => [name, at, forbidden] as const);
test.each(numbered)("engine/%s may import no layer above it, and every one below it", (_, at, forbidden) => {
  const higher = LAYERS.slice(at + 1).map((layer) => `**/${layer.name}/**`);
  const layers = forbidden.filter((pattern) => LAYERS.some((layer) => pattern === `**/${layer.name}/**`));
  expect(layers).toEqual(higher);
  expect(forbidden).toEqual(expect.arrayContaining(ABOVE));
});

test("roles may import nothing of the engine but its index.ts", () => {
  const roles = OVERRIDES.find(({ files }) => files === "roles/**");
  expect(roles?.forbidden.slice(0, 2)).toEqual(["**/engine/**", "!**/engine/index.ts"]);
});

test("engine/ has at most 14 entries", () => {
  expect(IN_ENGINE.length).toBeLessThanOrEqual(14);
});
