import { readFileSync } from "node:fs";
import { commandsPage } from "./commands-page.ts";
import { failoverTables } from "./failover-table.ts";
import { firewallTable, variablesTable } from "./tables.ts";
import { trafficTables } from "./traffic-table.ts";

/** The pages that are made from the code and from kept figures, whole, by their paths. */
export function pages(): ReadonlyMap<string, string> {
  return new Map([
    ["docs/use/commands.md", commandsPage()],
    ["docs/use/variables.md", withTable("docs/use/variables.md", variablesTable())],
    ["docs/use/firewall.md", withTable("docs/use/firewall.md", firewallTable())],
    ["docs/measured/failover.md", withTable("docs/measured/failover.md", failoverTables())],
    ["docs/measured/traffic.md", withTable("docs/measured/traffic.md", trafficTables())],
  ]);
}

// --- internal ---

const [BEGIN, END] = ["<!-- npm run docs -->", "<!-- end -->"];

/** A page whose text people write, around a table that is made. */
function withTable(file: string, table: string): string {
  const page = readFileSync(file, "utf8");
  const [before, rest] = page.split(`${BEGIN}\n`);
  const after = rest?.split(`${END}\n`)[1];
  if (after === undefined)
    throw new Error(`${file}: found no lines "${BEGIN}" and "${END}" around its table`);
  return `${before}${BEGIN}\n\n${table}\n\n${END}\n${after}`;
}
