import { existsSync, readFileSync } from "node:fs";
import { parse } from "dotenv";

/** The content of a `.env` file. */
export interface Env {
  readonly file: string;
  readonly source: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** Reads a `.env` file. If it is missing, there are no variables. */
export function readEnv(file: string): Env {
  const source = existsSync(file) ? readFileSync(file, "utf8") : "";
  return { file, source, variables: parse(source) };
}
