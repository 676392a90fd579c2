import { type Fact, Facts } from "../model/fact.ts";
import { type Host, hostsIn, type Inventory } from "../model/inventory/index.ts";
import type { Role } from "../model/role.ts";
import { compileFacts } from "../program/facts.ts";
import { parseSignal } from "../program/protocol.ts";
import { FailedError } from "../util/errors.ts";
import { patienceOf } from "./patience.ts";
import type { Runner } from "./session.ts";

/**
 * Reads what roles want to know, from every host of the groups that they name, also from those outside of the limit. A
 * host that cannot be reached or falls silent has no facts; throws FailedError for one whose answer makes no sense.
 */
export async function readFacts(
  roles: readonly Role[],
  inventory: Inventory,
  runnerOf: (host: Host) => Promise<Runner>,
): Promise<Facts> {
  const wanted = new Map<Host, Fact<unknown>[]>();
  for (const { facts } of roles) {
    if (!facts) continue;
    for (const host of hostsIn(inventory, facts.group))
      wanted.set(host, [...(wanted.get(host) ?? []), ...facts.read]);
  }
  const facts = new Facts();
  await Promise.all(
    [...wanted].map(async ([host, list]) => {
      const outputs = await runnerOf(host)
        .then((runner) => askFor(list, runner, host))
        .catch(() => []);
      for (const { fact, output } of outputs) understand(host, fact, output, facts);
    }),
  );
  return facts;
}

/** What a host answered to a fact. */
export interface Output {
  readonly fact: Fact<unknown>;
  readonly output: string;
}

/** Asks a host for facts. Rejects when it falls silent. */
export async function askFor(
  wanted: readonly Fact<unknown>[],
  runner: Runner,
  host: Host,
): Promise<Output[]> {
  const outputs: Output[] = [];
  const hear = (line: string) => {
    const signal = parseSignal(line);
    const fact = signal?.word === "fact" ? wanted[signal.n] : undefined;
    if (signal?.word === "fact" && fact) outputs.push({ fact, output: signal.text });
  };
  await runner.run(compileFacts(wanted), hear, { idleTimeout: patienceOf(host, PATIENCE) });
  return outputs;
}

// --- internal ---

/** How long any host may say nothing, in seconds. */
const PATIENCE = 60;

function understand(host: Host, fact: Fact<unknown>, output: string, facts: Facts): void {
  try {
    facts.set(host.name, fact.name, fact.parse(output));
  } catch (error) {
    throw new FailedError(
      `the fact ${fact.name} of ${host.name} could not be understood: ${(error as Error).message}`,
    );
  }
}
