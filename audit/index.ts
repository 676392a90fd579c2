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
 * All audit checks, in the order in which they run. SSH servers count failed logins, and then turn a computer away for
 * a while. ssh-audit connects and never logs in, which counts as a failure, so it comes after all checks that log in.
 * The `logins` check comes last, because its logins fail on purpose. It waits until the servers let it try them.
 */
export const CHECKS: readonly Check[] = [nmap, tls, sandboxes, lynis, ssh, logins];

/** The audit checks that --only names, or all if it names none. Throws a UsageError if a name is unknown. */
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
  /** Gets a line about what is being installed on this computer. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Audits the machines with third-party tools. Returns all findings, and reports each one as it comes. */
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
