import { hostsIn, readInventory } from "../engine/model/inventory/index.ts";
import { sh } from "../engine/template/shell.ts";
import { promote } from "../operations/promote.ts";
import { define, start } from "./lib/command.ts";
import { INVENTORY } from "./lib/flags.ts";
import { howOf, type Known, OPERATION, OPERATION_CODES, operate } from "./lib/operate.ts";

export const definition = define({
  name: "promote",
  summary: "The last resort: a database becomes the primary that is no standby. It may lack writes.",
  args: [{ name: "<host>", help: "which one", values: "hosts" }],
  flags: {
    inventory: INVENTORY,
    mayLose: { flags: "--may-lose", help: "although acknowledged writes may be lost" },
    ...OPERATION,
  },
  examples: [["npm run promote -- db-02", "says what would be lost, and changes nothing"]],
  exitCodes: OPERATION_CODES,
});

start(definition, import.meta.filename, async ({ flags, args: [name = ""] }) => {
  const inventory = readInventory(flags.inventory);
  const databases = hostsIn(inventory, "database").map((host) => host.name);
  return operate({
    inventory,
    how: howOf(flags),
    operation: async (known) =>
      promote(known.store, databases, {
        name,
        lacks: await lackOf(known, name),
        mayLose: flags.mayLose === true,
      }),
  });
});

// --- internal ---

/** Transactions of the primary that a database lacks; undefined if one of the two cannot be asked. */
async function lackOf({ store, members, ask }: Known, name: string): Promise<string | undefined> {
  const answers = (one: string) => members.find((member) => member.name === one)?.state?.running === true;
  if (!answers(store.primary) || !answers(name)) return undefined;
  const executed = await ask(
    name,
    sh`mysql --no-defaults -NBe "SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '')"`,
  );
  return (
    await ask(
      store.primary,
      sh`mysql --no-defaults -NBe ${`SELECT GTID_SUBTRACT(@@GLOBAL.gtid_executed, '${executed.trim()}')`}`,
    )
  ).trim();
}
