import { spawnSync } from "node:child_process";
import { type Host, readInventory } from "../engine/model/inventory/index.ts";
import { KnownHosts, knownName } from "../engine/ssh/known-hosts.ts";
import { targetOf } from "../engine/ssh/target.ts";
import { UsageError } from "../engine/util/errors.ts";
import { didYouMean } from "../engine/util/nearest.ts";
import { define, start } from "./lib/command.ts";
import { EXIT_CODES, INVENTORY } from "./lib/flags.ts";
import { sshArguments } from "./lib/ssh-arguments.ts";

export const definition = define({
  name: "ssh",
  summary: "Logs in to a host as the user of the inventory, or runs one command there.",
  args: [
    { name: "<host>", help: "a host, or its address", values: "hosts" },
    { name: "[command...]", help: "in quotes, as one word; flags behind the host are its own" },
  ],
  flags: {
    inventory: INVENTORY,
    forget: { flags: "--forget", help: "forget the host's key, when the machine was made anew" },
  },
  passThrough: true,
  examples: [
    ["npm run ssh -- web-01", "a shell"],
    ["npm run ssh -- db-01 'systemctl status mysql'", "one command"],
    ["npm run ssh -- --forget web-03", "web-03 was made anew"],
  ],
  exitCodes: { 1: EXIT_CODES[1], 255: "no connection", N: "the exit code of the command" },
});

start(definition, import.meta.filename, async ({ flags, args: [name = "", ...command] }) => {
  const knownHosts = new KnownHosts();
  const { hosts } = readInventory(flags.inventory);
  const host = hosts.find((host) => host.name === name || host.address === name);
  if (flags.forget) return forgetKey(knownHosts, host, name);
  const names = hosts.map(({ name }) => name);
  if (!host)
    throw new UsageError(
      `found host "${name}"${didYouMean(name, names)}; expected one of ${flags.inventory}: ${names.join(", ")}`,
    );
  const target = await targetOf(host);
  return (
    spawnSync("ssh", [...sshArguments(target, knownHosts), ...command], { stdio: "inherit" }).status ?? 255
  );
});

// --- internal ---

async function forgetKey(knownHosts: KnownHosts, host: Host | undefined, name: string): Promise<number> {
  const target = host && (await targetOf(host));
  const known = target ? knownName(target.address, target.port) : name;
  console.log(
    knownHosts.forget(known) ? `forgot the host key of ${known}` : `there was no host key of ${known}`,
  );
  return 0;
}
