import { readInventory } from "../engine/model/inventory/index.ts";
import { planInputs } from "../engine/plan/context.ts";
import { type Row, tableOf } from "../roles/firewall/table.ts";
import site from "../site.ts";
import { COMMON, flags, main } from "./lib/cli.ts";

const TITLES: Row = { from: "who", to: "may reach", port: "on", purpose: "for", role: "role" };
const KEYS = ["from", "to", "port", "purpose", "role"] as const;

/** Prints who may talk to whom. Nobody is asked: it is what the site says, and what the machines are made to keep. */
main(async () => {
  const { values } = flags({ ...COMMON, markdown: { type: "boolean", default: false } });
  if (values.help) {
    console.log("npm run firewall -- [-i FILE] [--markdown]      who may talk to whom, as the roles open it");
    return 0;
  }
  const inventory = readInventory(values.inventory);
  const traffic = planInputs({ site, inventory }).traffic();
  const rows = tableOf(traffic, inventory);
  console.log(values.markdown ? markdown(rows) : columns(rows));
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

function markdown(rows: readonly Row[]): string {
  const line = (row: Row) => `| ${KEYS.map((key) => row[key]).join(" | ")} |`;
  return [line(TITLES), `|${" --- |".repeat(KEYS.length)}`, ...rows.map(line)].join("\n");
}
