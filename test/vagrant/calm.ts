import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";

/**
 * Makes allowance for emulated machines in the inventory of a checkout, with settings that a user has too. Five of them
 * share a few processors for all they do: a look each second, with a TLS handshake, or with a process of its own, leaves no
 * time for visitors; and one that installs packages while the others do may be silent for longer than a real one.
 */
export function calm(site: string): void {
  const file = join(site, "inventory/five.yaml");
  const document = parseDocument(readFileSync(file, "utf8"));
  for (const role of ["haproxy", "keepalived"])
    document.setIn(["groups", "balancer", "vars", role, "checkSeconds"], CHECK_SECONDS);
  document.setIn(["groups", "balancer", "vars", "keepalived", "advertSeconds"], ADVERT_SECONDS);
  document.setIn(["ssh", "patience"], PATIENCE_SECONDS);
  writeFileSync(file, document.toString());
}

// --- internal ---

const CHECK_SECONDS = 10;
const ADVERT_SECONDS = 2;
const PATIENCE_SECONDS = 120;
