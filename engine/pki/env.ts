import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { parse } from "dotenv";
import type { CertificateRequest } from "../model/certificate.ts";
import type { Refuse } from "./pem.ts";

/** A `.env` file, as it was read. */
export interface Env {
  readonly file: string;
  readonly source: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** Reads a `.env` file; one that is not there has no variables. */
export function readEnv(file: string): Env {
  const source = existsSync(file) ? readFileSync(file, "utf8") : "";
  return { file, source, variables: parse(source) };
}

/** What the variables about a certificate begin with: `WEB_01` for the one named "web-01". */
export function prefixOf({ name }: CertificateRequest): string {
  return name.toUpperCase().replace(/\W/g, "_");
}

/** A path as a shell would take it. */
export function expand(path: string): string {
  return path.replace(/^~(?=\/)/, homedir());
}

/** What a file of the user's own holds. Throws what `refuse` makes when it cannot be read. */
export function contentOf(file: string, refuse: Refuse): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw refuse(code === "ENOENT" ? "no such file" : `that it cannot be read (${message})`);
  }
}
