import chalk from "chalk";
import type { SiteStatus } from "./site.ts";

/** The status as people read it: who does what, and then what is not as it should be. Each machine had `seconds` to answer. */
export function pageOf(status: SiteStatus, seconds: number): string {
  const { site, address, holders, servers, databases, store, silent, problems } = status;
  const states = Object.entries(servers).map(([name, state]) => `${name} ${state}`);
  const rows: readonly (readonly [string, string])[] = [
    ["address", `${address} is on ${holders.join(" and ") || "nobody"}`],
    ["web", states.join(", ") || "unknown"],
    ...databases.map(({ name, is }) => [name, is] as const),
    [
      "store",
      store.leader
        ? `${store.members.join(", ")}; ${store.leader} leads`
        : store.members.join(", ") || "unknown",
    ],
  ];
  return [
    `${chalk.bold(site)}  ${problems.length === 0 ? chalk.green("all is well") : chalk.red(`${problems.length} wrong`)}`,
    ...rows.map(([what, is]) => `  ${what.padEnd(8)} ${is}`),
    ...problems.map((problem) => chalk.red(`  ! ${problem}`)),
    ...(silent.length > 0
      ? [
          chalk.dim(
            `  Each machine had ${seconds} s to answer. To give them longer: npm run status -- --wait 20`,
          ),
        ]
      : []),
  ].join("\n");
}
