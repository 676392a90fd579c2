import chalk from "chalk";
import { readInventory } from "../engine/model/inventory/index.ts";
import { type SmokeResult, smoke } from "../engine/smoke/smoke.ts";
import site from "../site.ts";
import { COMMON, flags, main } from "./lib/cli.ts";
import { help } from "./lib/help.ts";

main(async () => {
  const { values } = flags({
    ...COMMON,
    json: { type: "boolean", default: false },
    role: { type: "string", short: "r", multiple: true, default: [] },
    gentle: { type: "boolean", default: false },
  });
  if (values.help) return help("smoke");
  const inventory = readInventory(values.inventory);
  const print = values.json ? (result: SmokeResult) => console.log(JSON.stringify(result)) : printLine;
  const results = await smoke(
    { inventory, site, roles: values.role.flatMap((role) => role.split(",")), gentle: values.gentle },
    print,
  );
  const failed = results.filter(({ passed }) => !passed).length;
  if (!values.json)
    console.log(
      failed === 0
        ? chalk.green(`all ${results.length} checks passed`)
        : chalk.red(`${failed} of ${results.length} checks failed`),
    );
  return failed === 0 ? 0 : 3;
});

// --- internal ---

function printLine({ role, name, passed, detail, ms }: SmokeResult): void {
  const word = passed ? chalk.green("ok  ") : chalk.red("FAIL");
  console.log(
    `${word}  ${role.padEnd(10)}  ${name}  ${chalk.gray(`${detail}  ${(ms / 1000).toFixed(2)} s`)}`,
  );
}
