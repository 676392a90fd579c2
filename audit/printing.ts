import chalk from "chalk";
import type { Check, Finding, Verdict } from "./check.ts";

/** A finding as one line of text. */
export function lineOf({ check, about, verdict, found, expected, ms }: Finding): string {
  const time = chalk.gray(`${(ms / 1000).toFixed(1)} s`);
  return `${WORDS[verdict]}  ${check.padEnd(9)}  ${about}: ${found}; expected ${expected}  ${time}`;
}

/** Counts the findings by verdict. */
export function totalOf(findings: readonly Finding[]): Record<"ok" | "bad" | "leftOut", number> {
  const count = (verdict: Verdict) => findings.filter((finding) => finding.verdict === verdict).length;
  return { ok: count("ok"), bad: count("bad"), leftOut: count("left out") };
}

/** The last line of the output. */
export function summaryOf(findings: readonly Finding[]): string {
  const { ok, bad, leftOut } = totalOf(findings);
  const rest = leftOut > 0 ? `, ${leftOut} left out` : "";
  if (ok + bad === 0) return chalk.red(`nothing could be examined${rest}`);
  return bad === 0 ? chalk.green(`all good: ${ok} ok${rest}`) : chalk.red(`${bad} bad, ${ok} ok${rest}`);
}

/** All findings with their figures as JSON, grouped by audit check. */
export function jsonOf(inventory: string, checks: readonly Check[], findings: readonly Finding[]): string {
  const of = ({ name }: Check) => findings.filter(({ check }) => check === name);
  const all = Object.fromEntries(checks.map((check) => [check.name, of(check)]));
  return JSON.stringify(
    { inventory, at: new Date().toISOString(), ...totalOf(findings), checks: all },
    null,
    2,
  );
}

/** One Markdown table for each audit check. */
export function markdownOf(checks: readonly Check[], findings: readonly Finding[]): string {
  const tables = checks.map(({ name, summary }) => {
    const rows = findings
      .filter(({ check }) => check === name)
      .map(({ about, found, expected, verdict }) => rowOf([about, found, expected, verdict]));
    const head = [rowOf(["what", "found", "expected", ""]), "| --- | --- | --- | --- |"];
    return [`### ${name}: ${summary}`, "", ...head, ...rows].join("\n");
  });
  return tables.join("\n\n");
}

// --- internal ---

const WORDS: Readonly<Record<Verdict, string>> = {
  ok: chalk.green("ok      "),
  bad: chalk.red("bad     "),
  "left out": chalk.yellow("left out"),
};

const rowOf = (cells: readonly string[]) =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
