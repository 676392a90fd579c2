import { z } from "zod";
import { readInventory } from "../../../engine/model/inventory/index.ts";
import { planInputs } from "../../../engine/plan/context.ts";
import { type Row, tableOf } from "../../../roles/firewall/table.ts";
import site from "../../../site.ts";
import { DEFAULT_INVENTORY } from "../flags.ts";

/** Every variable of every role, from their schemas. */
export function variablesTable(): string {
  const roles = new Map(site.flatMap((play) => play.roles.map((role) => [role.name, role] as const)));
  const rows = [...roles.values()].flatMap(({ name, declared }) => {
    const { properties = {} } = z.toJSONSchema(declared, { io: "input" });
    return Object.entries(properties).map(([variable, about]) => {
      const { default: otherwise, description } = about as z.core.JSONSchema.BaseSchema;
      return [`\`${name}\``, `\`${variable}\``, shown(otherwise), description ?? ""];
    });
  });
  return table([["role", "variable", "default", "meaning"], ...rows]);
}

/** Who may talk to whom with the default inventory. */
export function firewallTable(): string {
  const inventory = readInventory(DEFAULT_INVENTORY);
  return firewallMarkdown(tableOf(planInputs({ site, inventory }).traffic(), inventory));
}

/** Rows of the firewall as a table. */
export function firewallMarkdown(rows: readonly Row[]): string {
  return table([
    ["who", "may reach", "on", "for", "role"],
    ...rows.map(({ from, to, port, purpose, role }) => [from, to, port, purpose, role]),
  ]);
}

// --- internal ---

function table([titles = [], ...rows]: readonly (readonly string[])[]): string {
  return [titles, titles.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function shown(value: unknown): string {
  if (value === undefined) return "";
  const words = Array.isArray(value)
    ? value.join(", ")
    : typeof value === "string"
      ? value
      : JSON.stringify(value);
  return words === "" || words === "{}" ? "" : `\`${words}\``;
}
