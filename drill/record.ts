import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Asked } from "./clients.ts";
import type { Verdict } from "./judge.ts";

/** One round as it is kept: numbers, and violations. */
export interface Kept extends Omit<Verdict, "acknowledged"> {
  readonly fault: string;
  readonly acknowledged: number;
  /** Computer and date. */
  readonly where: string;
}

/** Where rounds add up. docs/measured/failover.md is made of it. */
export const FIGURES = "docs/measured/drill.json";

/** The rounds that are kept; none if there is no such file. */
export function keptRounds(file = FIGURES): Kept[] {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
}

/** Writes them, a line each, in one move. */
export function keep(rounds: readonly Kept[], file = FIGURES): void {
  writeFileSync(`${file}.new`, `[\n${rounds.map((one) => JSON.stringify(one)).join(",\n")}\n]\n`);
  renameSync(`${file}.new`, file);
}

/** Keeps what every client has asked and heard, a line each. Answers the file. */
export function keepHistory(fault: string, history: readonly Asked[]): string {
  mkdirSync(HISTORIES, { recursive: true });
  const at = new Date().toISOString().replace(/[:.]/g, "-");
  const file = `${HISTORIES}/${at} ${fault.replaceAll(/[^a-zA-Z0-9]+/g, "-")}.jsonl.gz`;
  writeFileSync(file, gzipSync(history.map((one) => `${JSON.stringify(one)}\n`).join("")));
  return file;
}

// --- internal ---

const HISTORIES = ".quintet/drill";
