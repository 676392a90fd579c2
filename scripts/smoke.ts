import chalk from "chalk";
import { readInventory } from "../engine/model/inventory/index.ts";
import { type SmokeResult, smoke } from "../engine/smoke/smoke.ts";
import site from "../site.ts";
import { define, start } from "./lib/command.ts";
import { EXIT_CODES, GENTLE, INVENTORY, ROLE } from "./lib/flags.ts";

export const definition = define({
  name: "smoke",
  summary: "Asks the finished site what its roles promise: DNS, balancer, web servers, databases.",
  flags: {
    inventory: INVENTORY,
    role: ROLE,
    gentle: GENTLE,
    json: { flags: "--json", help: "results as lines of JSON" },
  },
  examples: [
    ["npm run smoke", "all of them"],
    ["npm run smoke -- --gentle --role mysql", "what the databases promise; nothing is stopped"],
  ],
  exitCodes: { 0: "all passed", 1: EXIT_CODES[1], 3: "a smoke test failed", 4: EXIT_CODES[4] },
});

start(definition, import.meta.filename, async ({ flags }) => {
  const inventory = readInventory(flags.inventory);
  const print = flags.json ? (result: SmokeResult) => console.log(JSON.stringify(result)) : printLine;
  const results = await smoke({ inventory, site, roles: flags.role, gentle: flags.gentle }, print);
  const failed = results.filter(({ passed }) => !passed).length;
  if (!flags.json)
    console.log(
      failed === 0
        ? chalk.green(`all ${results.length} smoke tests passed`)
        : chalk.red(`${failed} of ${results.length} smoke tests failed`),
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
