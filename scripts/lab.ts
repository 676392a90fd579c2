import { readInventory } from "../engine/model/inventory/index.ts";
import { openLab } from "../lab/index.ts";
import { perform, VERBS } from "../lab/verbs.ts";
import { define, helpOf, start } from "./lib/command.ts";
import { EXIT_CODES, INVENTORY } from "./lib/flags.ts";

export const definition = define({
  name: "lab",
  summary: "The lab's machines: boots them, stops them, cuts their network. Needs root on Linux.",
  args: [
    { name: "[verb]", help: "what is to be done", values: Object.keys(VERBS) },
    { name: "[host...]", help: "with which machines", values: "hosts" },
  ],
  flags: {
    inventory: INVENTORY,
    kill: { flags: "--kill", help: "stop and restart: pull the power cord" },
    from: { flags: "--from <host>", help: "cut and heal: only the link to this machine", values: "hosts" },
    purge: { flags: "--purge", help: "down: the image and the key too" },
    json: { flags: "--json", help: "status: as JSON" },
  },
  words: Object.fromEntries(
    Object.entries(VERBS).map(([verb, { args, help }]) => [`${verb} ${args}`.trim(), help]),
  ),
  examples: [
    ["sudo npm run lab -- up", "boots what is not running"],
    ["sudo npm run lab -- stop web-02 --kill", "pulls a power cord; start web-02 puts it back"],
    ["sudo npm run lab -- cut db-01 --from db-02", "cuts one link; heal mends every cut"],
  ],
  exitCodes: {
    0: "done",
    1: EXIT_CODES[1],
    3: "it could not be done",
    N: "exec: the exit code of the command",
  },
});

start(definition, import.meta.filename, async ({ flags, args }) => {
  const [verb, ...names] = args;
  if (verb === undefined) {
    console.error(helpOf(definition));
    return 1;
  }
  const lab = openLab(readInventory(flags.inventory), { say: console.log });
  return perform(lab, verb, names, flags, console.log);
});
