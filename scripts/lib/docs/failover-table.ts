import { existsSync, readFileSync } from "node:fs";
import { type FailoverFigures, failoverTable } from "../../../bench/failover-figures.ts";

/** What `npm run bench -- failover --record before`, and `after`, have found. */
export function failoverTables(folder = "docs/measured"): string {
  const kept = ["before", "after"].flatMap((name) => {
    const file = `${folder}/failover-${name}.json`;
    if (!existsSync(file)) return [];
    const figures = JSON.parse(readFileSync(file, "utf8")) as FailoverFigures;
    return [`## ${name === "before" ? "Before" : "After"}\n\n${failoverTable(figures)}`];
  });
  return kept.join("\n\n");
}
