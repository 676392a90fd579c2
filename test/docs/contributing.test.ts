import { execFile } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

const PAGE = readFileSync("CONTRIBUTING.md", "utf8");

/** Each block of TypeScript behind a line that begins with its path, as in: `roles/motd/index.ts`: */
const EXAMPLES = [...PAGE.matchAll(/^`([^`\n]+)`[^\n]*:\n\n```ts\n([\s\S]*?)^```$/gm)].map(
  ([, path = "", code = ""]) => ({ path, code }),
);

/** What the examples import, and what that imports. */
const COPIED = [
  "app/build.ts",
  "failover/build.ts",
  "failover/src/config.ts",
  "engine",
  "lab",
  "roles",
  "scripts",
  "test/helpers",
  "site.ts",
  "vitest.config.ts",
];

test("every example says where it belongs", () => {
  expect(EXAMPLES.length).toBeGreaterThan(0);
  expect(EXAMPLES).toHaveLength(PAGE.match(/^```ts$/gm)?.length ?? 0);
});

test("the examples compile in a copy of the project, and those that are tests pass", async () => {
  const copy = `.quintet/contributing-${process.pid}`;
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  for (const path of COPIED) cpSync(path, join(copy, path), { recursive: true });
  for (const { path, code } of EXAMPLES) put(join(copy, path), code);
  const settings = { extends: "../../tsconfig.json", include: EXAMPLES.map(({ path }) => path) };
  writeFileSync(join(copy, "tsconfig.json"), JSON.stringify(settings));

  expect(await npx("tsc", "--noEmit", "-p", copy)).toEqual({ code: 0, said: "" });
  const tests = EXAMPLES.flatMap(({ path }) => (path.endsWith(".test.ts") ? [path] : []));
  const { code, said } = await npx("vitest", "run", "--root", copy, "--project", "unit", ...tests);
  expect(code, said).toBe(0);
  expect(said).toMatch(new RegExp(`Test Files .*\\(${tests.length}\\)`));
});

// --- internal ---

/** Makes a file, or adds to one that is there. */
function put(file: string, code: string): void {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, code);
}

async function npx(...command: readonly string[]): Promise<{ code: number; said: string }> {
  const { FORCE_COLOR: _, ...env } = process.env;
  try {
    const { stdout } = await promisify(execFile)("npx", command, { env: { ...env, NO_COLOR: "1" } });
    return { code: 0, said: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, said: stdout + stderr };
  }
}
