import { existsSync, readFileSync } from "node:fs";
import { type FailoverFigures, failoverTable } from "../../../bench/failover-figures.ts";
import { FAULTS } from "../../../drill/faults/index.ts";
import { keptRounds } from "../../../drill/record.ts";
import { drillTable } from "../../../drill/table.ts";

/** What `npm run bench -- failover --record before`, and `after`, have found; and all rounds of `npm run drill -- --resume`. */
export function failoverTables(folder = "docs/measured"): string {
  const kept = ["before", "after"].flatMap((name) => {
    const file = `${folder}/failover-${name}.json`;
    if (!existsSync(file)) return [];
    const figures = JSON.parse(readFileSync(file, "utf8")) as FailoverFigures;
    return [`## ${name === "before" ? "Before" : "After"}\n\n${failoverTable(figures)}`];
  });
  const rounds = keptRounds(`${folder}/drill.json`);
  const drilled = rounds.length > 0 ? [`## When databases fail\n\n${drillTable(FAULTS, rounds)}`] : [];
  return [...kept, ...drilled].join("\n\n");
}
