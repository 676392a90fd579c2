import chalk from "chalk";
import { $ } from "zx";
import { readInventory } from "../engine/model/inventory/index.ts";
import { UsageError } from "../engine/util/errors.ts";
import { define, start } from "./lib/command.ts";
import { EXIT_CODES, GENTLE, INVENTORY } from "./lib/flags.ts";
import { chooseProvider, labUp } from "./lib/provider.ts";

export const definition = define({
  name: "up",
  summary: "Machines, provisioning and smoke tests in one go. After a failure it goes on from there.",
  flags: {
    inventory: INVENTORY,
    provider: {
      flags: "--provider <name>",
      help: "vagrant or lab; without it Vagrant if it can work here, else the lab",
      values: ["vagrant", "lab"],
    },
    gentle: GENTLE,
    yes: { flags: "-y, --yes", help: "do not ask before sudo" },
  },
  examples: [
    ["npm run up", "the five machines of inventory/five.yaml"],
    ["npm run up -- -i inventory/six.yaml", "with a balancer of its own"],
  ],
  exitCodes: { 0: "the site is up", 1: EXIT_CODES[1], N: "the exit code of the step that failed" },
});

start(definition, import.meta.filename, async ({ flags }) => {
  if (flags.provider !== undefined && !["vagrant", "lab"].includes(flags.provider))
    throw new UsageError(`--provider: found "${flags.provider}"; expected vagrant or lab`);
  const inventory = readInventory(flags.inventory);
  const { provider, why } = await chooseProvider(flags.provider as "vagrant" | "lab" | undefined);
  console.log(`${chalk.bold(provider === "lab" ? "The lab" : "Vagrant")}: ${why}`);

  const gentle = flags.gentle ? ["--gentle"] : [];
  const parts = {
    machines: provider === "lab" ? await labUp(flags.inventory, flags.yes) : ["vagrant", "up"],
    provision: ["npm", "run", "-s", "provision", "--", "-i", flags.inventory],
    smoke: ["npm", "run", "-s", "smoke", "--", "-i", flags.inventory, ...gentle],
  };
  for (const [name, command] of Object.entries(parts)) {
    const exitCode = await run(name, command, flags.inventory);
    if (exitCode !== 0) return exitCode;
  }

  const www = `www.${inventory.domain}`;
  console.log(`
${chalk.green("up")}: https://${www}/ is at ${inventory.publicAddress}
For your browser, add this line to ${process.platform === "win32" ? "C:\\Windows\\System32\\drivers\\etc\\hosts" : "/etc/hosts"} and open https://${www}/
  ${inventory.publicAddress} ${www}
It does not know the site's own CA yet: npm run trust says how to make it.
Look around: npm run facts · npm run ssh -- web-01 · npm run smoke · npm run provision -- --check --diff
Take it down: ${provider === "lab" ? "npm run lab -- down" : "vagrant destroy -f"}`);
  return 0;
});

// --- internal ---

async function run(name: string, command: readonly string[], inventory: string): Promise<number> {
  console.log(chalk.bold(`\n${name}`));
  const env = { ...process.env, QUINTET_INVENTORY: inventory, FORCE_COLOR: process.stdout.isTTY ? "1" : "0" };
  const { exitCode } = await $({ stdio: "inherit", nothrow: true, env })`${command}`;
  if (exitCode !== 0)
    console.error(
      `quintet: ${name} ended with exit code ${exitCode}: ${command.join(" ")}\nMend what it says and run npm run up again: it goes on from there.`,
    );
  return exitCode ?? 130;
}
