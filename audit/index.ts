import type { Inventory } from "../engine/model/inventory/index.ts";
import type { Site } from "../engine/model/play.ts";
import { limited } from "../engine/model/selection.ts";
import { planInputs, varsWithin } from "../engine/plan/context.ts";
import { Connections } from "../engine/ssh/connections.ts";
import { UsageError } from "../engine/util/errors.ts";
import { didYouMean } from "../engine/util/nearest.ts";
import { flowsOf } from "../roles/firewall/flows.ts";
import { asking, knock } from "./asking.ts";
import { type Check, type Finding, perform, type Subject } from "./check.ts";
import { logins } from "./logins.ts";
import { lynis } from "./lynis.ts";
import { nmap } from "./nmap.ts";
import { sandboxes } from "./sandboxes.ts";
import { ssh } from "./ssh.ts";
import { tls } from "./tls.ts";
import { requireTools } from "./tools.ts";

export type { Check, Finding } from "./check.ts";

/**
 * All checks, in their order. The SSH servers note whom they have seen fail: ssh-audit, which connects and never logs
 * in, comes after all that logs in, and the logins that fail after it wait until they are let in to fail.
 */
export const CHECKS: readonly Check[] = [nmap, tls, sandboxes, lynis, ssh, logins];

/** The checks that --only names, all when it names none. Throws UsageError for one that there is not. */
export function checksOf(only: readonly string[]): readonly Check[] {
  const wanted = only.flatMap((names) => names.split(",")).map((name) => name.trim());
  const known = CHECKS.map(({ name }) => name);
  for (const name of wanted) {
    if (!known.includes(name))
      throw new UsageError(
        `--only: found "${name}"${didYouMean(name, known)}; expected one of ${known.join(", ")}`,
      );
  }
  return CHECKS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
}

export interface AuditOptions {
  readonly inventory: Inventory;
  readonly site: Site;
  readonly limit?: string | undefined;
  readonly checks: readonly Check[];
  /** Hears what is being installed on this computer. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Has the machines looked at by tools that others wrote. Answers what they found, and reports it as it comes. */
export async function audit(
  { inventory, site, limit, checks, say, signal }: AuditOptions,
  report: (finding: Finding) => void,
): Promise<readonly Finding[]> {
  const hosts = limited(inventory, limit);
  const inputs = planInputs({ site, inventory });
  const flows = flowsOf(inputs.traffic(), inventory);
  const varsOf: Subject["varsOf"] = (vars, host) => varsWithin(inputs, vars, host);
  await requireTools(Object.assign({}, ...checks.map(({ tools }) => tools)), say);
  const connections = new Connections(signal, () => undefined);
  const findings: Finding[] = [];
  try {
    await knock(connections, inventory.hosts);
    for (const check of checks) {
      await perform(
        check,
        { inventory, hosts, flows, varsOf, ask: asking(connections) },
        signal,
        (finding) => {
          findings.push(finding);
          report(finding);
        },
      );
    }
  } finally {
    await connections.close();
  }
  return findings;
}
