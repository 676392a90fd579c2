import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";

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
const ABOVE = [
  "**/engine/index.ts",
  "../index.ts",
  "../../index.ts",
  "**/roles/**",
  "**/operations/**",
  "**/failover/**",
  "**/drill/**",
  "**/scripts/**",
];

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

const OUTSIDE: [string, string[]][] = [
  ["roles/**", ["operations", "drill", "scripts", "lab", "app/src"]],
  ["engine/index.ts", ["plan", "program", "pki", "ssh", "run", "report", "smoke"]],
  ["lab/**", ["operations", "drill", "scripts", "audit", "bench", "test"]],
  ["operations/**", ["drill", "scripts", "bench", "test"]],
  ["failover/src/**", ["engine", "roles", "operations", "drill", "scripts", "lab"]],
];
test.each(OUTSIDE)("%s may not import what stands above it", (files, above) => {
  const { forbidden } = OVERRIDES.find((override) => override.files === files) ?? {};
  expect(forbidden).toEqual(expect.arrayContaining(above.map((folder) => `**/${folder}/**`)));
});

const BIOME = resolve("node_modules/.bin/biome");
test("lint refuses an import of a layer above, and a circle of types alone", () => {
  const folder = mkdtempSync(join(tmpdir(), "quintet-layers-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  // Lint asks git which files are ignored.
  execFileSync("git", ["init", "--quiet"], { cwd: folder });
  file(".gitignore", "node_modules\n");
  file("biome.json", readFileSync("biome.json", "utf8").replace(/"\$schema":.*/, ""));
  file("engine/run/one.ts", `import type { Two } from "./two.ts";\n\nexport type One = Two | 1;\n`);
  file("engine/run/two.ts", `import type { One } from "./one.ts";\n\nexport type Two = One[];\n`);
  file("engine/util/low.ts", `import type { One } from "../run/one.ts";\n\nexport type Low = One;\n`);

  const { status, stdout, stderr } = spawnSync(BIOME, ["lint", "."], { cwd: folder, encoding: "utf8" });
  expect(status).toBe(1);
  expect(stdout + stderr).toMatch(/engine\/run\/one\.ts\S* lint\/suspicious\/noImportCycles/);
  expect(stdout + stderr).toMatch(/engine\/util\/low\.ts\S* lint\/style\/noRestrictedImports/);
});

test("engine/ has at most 14 entries", () => {
  expect(IN_ENGINE.length).toBeLessThanOrEqual(14);
});
