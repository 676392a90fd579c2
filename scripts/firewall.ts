import { readInventory } from "../engine/model/inventory/index.ts";
import { planInputs } from "../engine/plan/context.ts";
import { type Row, tableOf } from "../roles/firewall/table.ts";
import site from "../site.ts";
import { define, start } from "./lib/command.ts";
import { firewallMarkdown } from "./lib/docs/tables.ts";
import { INVENTORY } from "./lib/flags.ts";

const TITLES: Row = { from: "who", to: "may reach", port: "on", purpose: "for", role: "role" };
const KEYS = ["from", "to", "port", "purpose", "role"] as const;

export const definition = define({
  name: "firewall",
  summary: "Prints who may talk to whom, as the roles open it. No host is asked.",
  flags: { inventory: INVENTORY, markdown: { flags: "--markdown", help: "as a table for a page" } },
  examples: [["npm run firewall", "the table"]],
});

start(definition, import.meta.filename, async ({ flags }) => {
  const inventory = readInventory(flags.inventory);
  const rows = tableOf(planInputs({ site, inventory }).traffic(), inventory);
  console.log(flags.markdown ? firewallMarkdown(rows) : columns(rows));
  return 0;
});

// --- internal ---

function columns(rows: readonly Row[]): string {
  const widths = KEYS.map((key) => Math.max(...[TITLES, ...rows].map((row) => row[key].length)));
  return [TITLES, ...rows]
    .map((row) =>
      KEYS.map((key, at) => row[key].padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
