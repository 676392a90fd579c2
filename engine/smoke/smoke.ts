import { hostsIn, type Inventory } from "../model/inventory/index.ts";
import type { Site } from "../model/play.ts";
import { type Assignment, withRoles } from "../model/selection.ts";
import type { Probe, SmokeTest } from "../model/smoke-test.ts";
import { contextOf, planInputs } from "../plan/context.ts";
import { confidential, readInputs } from "../run/inputs.ts";
import { redact } from "../template/secret.ts";
import { UsageError } from "../util/errors.ts";
import { SiteProbe } from "./site-probe.ts";

export interface SmokeResult {
  readonly role: string;
  readonly name: string;
  readonly passed: boolean;
  /** What was seen, or what was seen instead. */
  readonly detail: string;
  readonly ms: number;
}

export interface SmokeOptions {
  readonly inventory: Inventory;
  readonly site: Site;
  readonly roles?: readonly string[];
  /** Leave out what takes a part of the site away for a moment. */
  readonly gentle?: boolean;
  /** @default ".env" */
  readonly secretsFile?: string;
}

/** Asks the finished site what its roles promise, one thing after the other; what disturbs comes last. */
export async function smoke(
  options: SmokeOptions,
  report: (result: SmokeResult) => void,
): Promise<readonly SmokeResult[]> {
  const { inventory, site } = options;
  const assignments = withRoles(site, options.roles ?? []).flatMap(({ group, roles }): Assignment[] => {
    const [host] = hostsIn(inventory, group);
    return host ? [{ host, roles }] : [];
  });
  const given = readInputs(assignments, { inventory, secretsFile: options.secretsFile, keep: false });
  const { secrets } = given;
  const certificates = await given.certificates;
  const inputs = planInputs({ site, inventory, secrets, certificates });
  const all = assignments.flatMap(({ host, roles }) =>
    roles.flatMap((role) =>
      (role.smokeTests?.(contextOf(role, host, inputs)) ?? []).map((test) => ({ role: role.name, test })),
    ),
  );
  const calm = all.filter(({ test }) => !test.disturbs);
  const disturbing = options.gentle ? [] : all.filter(({ test }) => test.disturbs);
  requireTests(options.roles ?? [], [...calm, ...disturbing], options);
  const authorities = [...new Set([...certificates.values()].map(({ authority }) => authority))].join("\n");
  const probe = new SiteProbe(inventory, secrets, authorities);
  const unsaid = confidential(secrets, certificates);
  const results: SmokeResult[] = [];
  try {
    for (const { role, test } of [...calm, ...disturbing]) {
      const result = await attempt(role, test, probe);
      results.push({ ...result, detail: redact(result.detail, unsaid) });
      report(results.at(-1) as SmokeResult);
    }
  } finally {
    await probe.close();
  }
  return results;
}

// --- internal ---

/** Throws UsageError if a chosen role has no smoke test: it would pass unasked. */
function requireTests(
  wanted: readonly string[],
  chosen: readonly { readonly role: string }[],
  { site, gentle = false }: SmokeOptions,
): void {
  const asked = new Set(chosen.map(({ role }) => role));
  const silent = wanted.find((role) => !asked.has(role));
  if (silent === undefined && asked.size > 0) return;
  const having = site.flatMap(({ roles }) => roles.flatMap((role) => (role.smokeTests ? [role.name] : [])));
  throw new UsageError(
    `${silent === undefined ? "this site" : `--role ${silent}`}: found no smoke test${gentle ? " that --gentle leaves" : ""}; expected a role with one: ${having.join(", ") || "none has"}`,
  );
}

async function attempt(role: string, { name, run }: SmokeTest, probe: Probe): Promise<SmokeResult> {
  const began = Date.now();
  try {
    return { role, name, passed: true, detail: await run(probe), ms: Date.now() - began };
  } catch (error) {
    return { role, name, passed: false, detail: (error as Error).message, ms: Date.now() - began };
  }
}
