import { hostsIn, readInventory } from "../engine/model/inventory/index.ts";
import { switchover } from "../operations/switchover.ts";
import { define, start } from "./lib/command.ts";
import { INVENTORY } from "./lib/flags.ts";
import { howOf, OPERATION, OPERATION_CODES, operate } from "./lib/operate.ts";

export const definition = define({
  name: "switchover",
  summary: "Another database becomes the primary, on purpose. No request fails.",
  flags: {
    inventory: INVENTORY,
    to: { flags: "--to <host>", help: "this one; the standby unless given", values: "hosts" },
    ...OPERATION,
  },
  examples: [["npm run switchover -- --to db-01", "db-01 is to be the primary again"]],
  exitCodes: OPERATION_CODES,
});

start(definition, import.meta.filename, async ({ flags }) => {
  const inventory = readInventory(flags.inventory);
  const databases = hostsIn(inventory, "database").map(({ name }) => name);
  return operate({
    inventory,
    how: howOf(flags),
    operation: ({ store, patience }) => switchover(store, databases, patience, flags.to),
  });
});
