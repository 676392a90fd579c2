import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";

/**
 * Adapts the inventory of a checkout to slow emulated machines, with settings that users have too. Five machines share
 * a few processors. Health checks every second, each with a TLS handshake or a new process, would leave no time for
 * visitors. And while all machines install packages, one may be silent for longer than a real machine.
 */
export function calm(site: string): void {
  const file = join(site, "inventory/five.yaml");
  const document = parseDocument(readFileSync(file, "utf8"));
  document.setIn(["vars", "base", "patience"], TIMES_LONGER);
  document.setIn(["ssh", "patience"], PATIENCE_SECONDS);
  writeFileSync(file, document.toString());
}

// --- internal ---

const TIMES_LONGER = 10;
const PATIENCE_SECONDS = 120;
