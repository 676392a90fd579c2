import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "zx";
import { UsageError } from "../engine/util/errors.ts";
import { define, start } from "./lib/command.ts";
import { prepareTests } from "./lib/test-needs.ts";

export const definition = define({
  name: "test",
  summary: "Lint, types, tests; the last line counts them. As root on Debian it installs what it lacks.",
  args: [{ name: "[part...]", help: "both unless given", values: ["unit", "lab"] }],
  flags: {},
  words: {
    unit: "all that needs no machine",
    lab: "stories on five real machines; needs Linux and root, else they are skipped",
  },
  examples: [["npm test -- unit", "quick, while you work"]],
});

start(definition, import.meta.filename, async ({ args }) => {
  const unknown = args.find((part) => part !== "unit" && part !== "lab");
  if (unknown !== undefined) throw new UsageError(`test: found "${unknown}"; expected unit or lab`);
  const wanted = args.length > 0 ? args : ["unit", "lab"];
  await prepareTests(console.log);
  const total = { passed: 0, failed: 0, skipped: 0 };
  const add = (counts: typeof total) => {
    for (const key of ["passed", "failed", "skipped"] as const) total[key] += counts[key];
  };
  add(await check("lint, format and import cycles", ["npm", "run", "-s", "lint"]));
  add(await check("types", ["npm", "run", "-s", "typecheck"]));
  add(await check("types of the application", ["npx", "tsc", "--noEmit", "-p", "app"]));
  for (const project of wanted) add(await vitest(project));
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed === 0 ? 0 : 1;
});

// --- internal ---

async function check(name: string, command: readonly string[]) {
  const { exitCode } = await $({ stdio: "inherit", nothrow: true })`${command}`;
  console.log(`${exitCode === 0 ? "ok  " : "FAIL"}  ${name}`);
  return { passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: 0 };
}

/** Runs one project of vitest.config.ts; a run that ends without a report counts as a failure. */
async function vitest(project: string) {
  const report = join(tmpdir(), `quintet-${process.pid}-${project}.json`);
  const reporters = ["default", "json", ...(project === "lab" ? ["./test/helpers/progress.ts"] : [])];
  const shown = reporters.map((reporter) => `--reporter=${reporter}`);
  const { exitCode } = await $({
    stdio: "inherit",
    nothrow: true,
  })`npx vitest run --project ${project} ${shown} --outputFile.json=${report}`;
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites } = JSON.parse(
      readFileSync(report, "utf8"),
    );
    const failed = numFailedTests === 0 && exitCode !== 0 ? Math.max(1, numFailedTestSuites) : numFailedTests;
    return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(report, { force: true });
  }
}
