import { readInventory } from "../engine/model/inventory/index.ts";
import site from "../site.ts";
import { start } from "./lib/command.ts";
import { COMMANDS } from "./lib/commands.ts";
import { completionFor } from "./lib/completion.ts";
import { DEFAULT_INVENTORY } from "./lib/flags.ts";
import { COMPLETION } from "./lib/self.ts";

start(COMPLETION, import.meta.filename, async ({ args: [shell = ""] }) => {
  const { hosts, groups } = readInventory(DEFAULT_INVENTORY);
  const roles = site.flatMap((play) => play.roles.map(({ name }) => name));
  const names = { hosts: hosts.map(({ name }) => name), groups: Object.keys(groups), roles };
  console.log(completionFor(shell, COMMANDS, names));
  return 0;
});
