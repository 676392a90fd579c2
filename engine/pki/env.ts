import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import type { CertificateRequest } from "../model/certificate.ts";
import type { Refuse } from "./pem.ts";

/** Prefix of the variables about a certificate: `WEB_01` for the one named "web-01". */
export function prefixOf({ name }: CertificateRequest): string {
  return name.toUpperCase().replace(/\W/g, "_");
}

/** Replaces `~/` by the home directory, as a shell does. */
export function expand(path: string): string {
  return path.replace(/^~(?=\/)/, homedir());
}

/** The content of a file that the user names. Throws what `refuse` makes if it cannot be read. */
export function contentOf(file: string, refuse: Refuse): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw refuse(code === "ENOENT" ? "no such file" : `that it cannot be read (${message})`);
  }
}
