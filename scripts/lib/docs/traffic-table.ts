import { existsSync, readFileSync } from "node:fs";
import type { Figures } from "../../../bench/traffic/figures.ts";
import { tables } from "../../../bench/traffic/tables.ts";

/** What `npm run bench -- traffic --record before`, and `after`, have found. */
export function trafficTables(folder = "docs/measured"): string {
  const kept = ["before", "after"].flatMap((name) => {
    const file = `${folder}/traffic-${name}.json`;
    if (!existsSync(file)) return [];
    const figures = JSON.parse(readFileSync(file, "utf8")) as Figures;
    return [`## ${name === "before" ? "Before" : "After"}\n\n${tables(figures)}`];
  });
  return kept.join("\n\n");
}
