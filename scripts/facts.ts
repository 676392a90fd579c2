import chalk from "chalk";
import { type Host, readInventory } from "../engine/model/inventory/index.ts";
import { limited } from "../engine/model/selection.ts";
import { askFor } from "../engine/run/facts.ts";
import { Connections } from "../engine/ssh/connections.ts";
import { UnreachableError } from "../engine/util/errors.ts";
import { COMMON, flags, main } from "./lib/cli.ts";
import { hostFacts } from "./lib/host-facts.ts";

main(async () => {
  const { values } = flags({
    ...COMMON,
    json: { type: "boolean", default: false },
    limit: { type: "string", short: "l" },
  });
  if (values.help) {
    console.log("npm run facts -- [-i FILE] [--limit LIST] [--json]      what the hosts say of themselves");
    return 0;
  }
  const hosts = limited(readInventory(values.inventory), values.limit);
  const connections = new Connections(undefined, () => undefined);
  const found = await Promise.all(hosts.map((host) => factsOf(host, connections)));
  await connections.close();
  if (values.json)
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
    const answers = await askFor(hostFacts, connection);
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
