import type { Fault } from "./fault.ts";
import type { Kept } from "./record.ts";

/** All kept rounds as Markdown: for each fault how long writes waited, and what was lost. */
export function drillTable(faults: readonly Fault[], rounds: readonly Kept[]): string {
  const rows = faults.flatMap((fault) =>
    rowOf(
      fault,
      rounds.filter((one) => one.fault === fault.name),
    ),
  );
  const lines = [TITLES, TITLES.map((_, at) => (at === 0 ? "---" : "---:")), ...rows];
  const places = [...new Set(rounds.map(({ where }) => where))];
  const acknowledged = rounds.reduce((sum, one) => sum + one.acknowledged, 0);
  return [
    `${rounds.length} rounds, ${acknowledged} acknowledged writes. On boxes with: ${places.join("; ") || "none yet"}.`,
    lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n"),
  ].join("\n\n");
}

/** Median, 95th percentile and maximum of milliseconds, in seconds. */
export function spread(times: readonly number[]): readonly [string, string, string] {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part: number) =>
    ((sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN) / 1000).toFixed(2);
  return [at(0.5), at(0.95), at(1)];
}

// --- internal ---

const TITLES = [
  ...["", "rounds", "writes waited: median", "95 % at most", "at most", "goal for 95 %"],
  ...[
    "writes that failed",
    "outcome unknown",
    "pages that failed",
    "writes lost",
    "two at a time or other violations",
  ],
];

function rowOf({ name, goal, smooth }: Fault, rounds: readonly Kept[]): string[][] {
  if (rounds.length === 0) return [];
  const [median, most95, most] = spread(rounds.map(({ outage }) => outage));
  const sum = (key: "failed" | "unknown" | "unread" | "lost") =>
    `${rounds.reduce((all, one) => all + one[key], 0)}`;
  const failures = rounds.reduce((all, one) => all + one.failed + one.unknown + one.unread, 0);
  const goals = [
    ...(goal === undefined ? [] : [`${goal} s, ${Number(most95) <= goal ? "reached" : "missed"}`]),
    ...(smooth ? [`no failure, ${failures === 0 ? "reached" : "missed"}`] : []),
  ];
  return [
    [
      ...[name, `${rounds.length}`, `${median} s`, `${most95} s`, `${most} s`, goals.join("; ")],
      ...[sum("failed"), sum("unknown"), sum("unread"), sum("lost")],
      `${rounds.filter(({ violations }) => violations.length > 0).length}`,
    ],
  ];
}
