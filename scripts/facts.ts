import chalk from "chalk";
import { type Host, readInventory } from "../engine/model/inventory/index.ts";
import { limited } from "../engine/model/selection.ts";
import { askFor } from "../engine/run/facts.ts";
import { Connections } from "../engine/ssh/connections.ts";
import { UnreachableError } from "../engine/util/errors.ts";
import { define, start } from "./lib/command.ts";
import { EXIT_CODES, INVENTORY, LIMIT } from "./lib/flags.ts";
import { hostFacts } from "./lib/host-facts.ts";

export const definition = define({
  name: "facts",
  summary: "What the hosts say of themselves.",
  flags: { inventory: INVENTORY, limit: LIMIT, json: { flags: "--json", help: "as one JSON object" } },
  examples: [["npm run facts -- --limit database", "of the databases"]],
  exitCodes: { 0: "all answered", 1: EXIT_CODES[1], 4: EXIT_CODES[4] },
});

start(definition, import.meta.filename, async ({ flags }) => {
  const hosts = limited(readInventory(flags.inventory), flags.limit);
  const connections = new Connections(undefined, () => undefined);
  const found = await Promise.all(hosts.map((host) => factsOf(host, connections)));
  await connections.close();
  if (flags.json)
    console.log(
      JSON.stringify(Object.fromEntries(hosts.map(({ name }, index) => [name, found[index]])), null, 2),
    );
  else for (const [index, { name }] of hosts.entries()) print(name, found[index] ?? {});
  return found.some((facts) => "unreachable" in facts) ? 4 : 0;
});

// --- internal ---

async function factsOf(host: Host, connections: Connections): Promise<Record<string, string>> {
  try {
    const connection = await connections.to(host);
    const answers = await askFor(hostFacts, connection, host);
    return Object.fromEntries(answers.map(({ fact, output }) => [fact.name, String(fact.parse(output))]));
  } catch (error) {
    if (error instanceof UnreachableError) return { unreachable: error.message };
    throw error;
  }
}

function print(name: string, facts: Record<string, string>): void {
  console.log(chalk.bold(name));
  for (const [fact, value] of Object.entries(facts)) console.log(`  ${fact.padEnd(11)}  ${value}`);
}
