import chalk from "chalk";
import { $ } from "zx";
import { readInventory } from "../engine/model/inventory/index.ts";
import { UsageError } from "../engine/util/errors.ts";
import { COMMON, flags, main } from "./lib/cli.ts";
import { chooseProvider } from "./lib/provider.ts";

main(async () => {
  const { values } = flags({
    ...COMMON,
    yes: { type: "boolean", short: "y", default: false },
    provider: { type: "string" },
    gentle: { type: "boolean", default: false },
  });
  if (values.help) {
    console.log(
      "npm run up -- [-i FILE] [--provider vagrant|lab] [--gentle] [--yes]      machines, provisioning and smoke test in one go",
    );
    return 0;
  }
  if (values.provider !== undefined && !["vagrant", "lab"].includes(values.provider)) {
    throw new UsageError(`--provider: found "${values.provider}"; expected vagrant or lab`);
  }
  const inventory = readInventory(values.inventory);
  const { provider, why } = await chooseProvider(values.provider as "vagrant" | "lab" | undefined);
  console.log(`${chalk.bold(provider === "lab" ? "The lab" : "Vagrant")}: ${why}`);

  const gentle = values.gentle ? ["--gentle"] : [];
  const parts = {
    machines: provider === "lab" ? await labUp(values.inventory, values.yes) : ["vagrant", "up"],
    provision: ["npm", "run", "-s", "provision", "--", "-i", values.inventory],
    smoke: ["npm", "run", "-s", "smoke", "--", "-i", values.inventory, ...gentle],
  };
  for (const [name, command] of Object.entries(parts)) {
    const exitCode = await run(name, command, values.inventory);
    if (exitCode !== 0) return exitCode;
  }

  const www = `www.${inventory.domain}`;
  console.log(`
${chalk.green("up")}: https://${www}/ is at ${inventory.publicAddress}
For your browser, add this line to ${process.platform === "win32" ? "C:\\Windows\\System32\\drivers\\etc\\hosts" : "/etc/hosts"} and open https://${www}/
  ${inventory.publicAddress} ${www}
It does not know the site's own CA yet: npm run trust says how to make it.
Observation around: npm run facts · npm run ssh -- web-01 · npm run smoke · npm run provision -- --check --diff
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

/** Only the lab needs root, so only the lab gets it. */
async function labUp(inventory: string, yes: boolean): Promise<readonly string[]> {
  const command = ["node", "scripts/lib/start.mjs", "lab", "up", "-i", inventory];
  if (process.getuid?.() === 0) return command;
  const sudo = ["sudo", "env", `PATH=${process.env["PATH"]}`, ...command];
  if (yes) return sudo;
  const { createInterface } = await import("node:readline/promises");
  const asked = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await asked.question(
    `The lab's machines need root on this box. Run "${sudo.join(" ")}"? [Y/n] `,
  );
  asked.close();
  if (!/^(y|yes|)$/i.test(answer.trim()))
    throw new UsageError("the lab needs root; --provider vagrant does not");
  return sudo;
}
