import { median } from "../bench.ts";
import { ASKED, type By, type Closed, CONTENDERS, DIRECTLY, type Figures, type Open } from "./figures.ts";

/** The figures of one run as Markdown. */
export function tables({ where, closed, open, handshakes }: Figures): string {
  return [
    `On one box with ${where}; wrk and the five machines share these processors.`,
    rates(closed),
    latencies(open),
    spent(closed),
    handshakeTable(handshakes),
  ].join("\n\n");
}

// --- internal ---

/** Rates of all contenders, and the share of the first one beside its goal. */
function rates(closed: By<Closed[]>): string {
  const rows = ASKED.map(({ name, goal }) => {
    const rateOf = (contender: string) => median(ratesOf(closed[name]?.[contender]));
    const share = (100 * rateOf("Quintet")) / rateOf(DIRECTLY);
    const verdict = goal === undefined ? "" : `at least ${goal} %, ${share >= goal ? "reached" : "missed"}`;
    const cells = CONTENDERS.map((contender) => rate(closed[name]?.[contender]));
    return [name, ...cells, Number.isNaN(share) ? "" : `**${share.toFixed(share < 10 ? 1 : 0)} %**`, verdict];
  });
  const failed = ASKED.flatMap(({ name }) =>
    CONTENDERS.flatMap((contender) => {
      const count = (closed[name]?.[contender] ?? []).reduce((sum, each) => sum + each.failed, 0);
      return count === 0 ? [] : [`${name}, ${contender}: ${count}`];
    }),
  );
  const table = markdown([["requests per second", ...CONTENDERS, "Quintet's share", "goal"], ...rows]);
  return `${table}\n\nFailed requests: ${failed.join("; ") || "none"}.`;
}

function latencies(open: By<Open[]>): string {
  const rows = Object.entries(open).flatMap(([name, row]) =>
    CONTENDERS.flatMap((contender) => {
      const runs = row[contender];
      if (!runs) return [];
      const of = (key: "p50" | "p99" | "p999" | "rate") => median(runs.map((run) => run[key]));
      const shown = (["p50", "p99", "p999"] as const).map((key) => `${of(key).toFixed(2)} ms`);
      const failed = runs.reduce((sum, run) => sum + run.failed, 0);
      return [[name, contender, `${Math.round(of("rate"))}/s`, ...shown, String(failed)]];
    }),
  );
  return markdown([["at a fixed rate", "", "rate", "p50", "p99", "p99.9", "failed"], ...rows]);
}

/** Where the processors' time goes, with a column for each contender. */
function spent(closed: By<Closed[]>): string {
  const rows = ASKED.filter(({ once }) => !once).flatMap(({ name }) => {
    const of = (contender: string, who: string) =>
      median((closed[name]?.[contender] ?? []).map((round) => round.spent[who] ?? 0));
    const [any] = Object.values(closed[name] ?? {})[0] ?? [];
    return Object.keys(any?.spent ?? {}).map((who) => [
      name,
      who,
      ...CONTENDERS.map((contender) => micro(of(contender, who))),
    ]);
  });
  return markdown([["microseconds of processor time for a request", "", ...CONTENDERS], ...rows]);
}

function handshakeTable(handshakes: Figures["handshakes"]): string {
  const rows = Object.entries(handshakes).map(([contender, runs]) => [
    contender,
    perSecond(median(runs.map(({ fresh }) => fresh))),
    perSecond(median(runs.map(({ resumed }) => resumed))),
  ]);
  return markdown([
    ["new TLS connections, one after the other", "whole handshake", "resumed session"],
    ...rows,
  ]);
}

const ratesOf = (rounds: readonly Closed[] = []) => rounds.map((round) => round.rate);

/** The median, then each round's rate. */
function rate(rounds: readonly Closed[] = []): string {
  if (rounds.length === 0) return "";
  const each = ratesOf(rounds).map(Math.round).join(" ");
  return `${perSecond(median(ratesOf(rounds)))} (${each})`;
}

const perSecond = (rate: number) => `${Math.round(rate)}/s`;

const micro = (us: number) => (Number.isNaN(us) ? "" : us.toFixed(0));

/** Cells of numbers are aligned to the right: all but those of the first column and empty titles. */
function markdown([titles = [], ...rows]: readonly (readonly string[])[]): string {
  const line = titles.map((title, column) =>
    column === 0 || title === "" || title === "goal" ? "---" : "---:",
  );
  return [titles, line, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
