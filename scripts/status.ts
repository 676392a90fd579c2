import { setTimeout as sleep } from "node:timers/promises";
import { type Host, type Inventory, readInventory } from "../engine/model/inventory/index.ts";
import { askFor } from "../engine/run/facts.ts";
import { Connections } from "../engine/ssh/connections.ts";
import { wholeNumber } from "./lib/cli.ts";
import { define, start } from "./lib/command.ts";
import { EXIT_CODES, INVENTORY } from "./lib/flags.ts";
import { questionsFor, type Told } from "./lib/status/facts.ts";
import { pageOf } from "./lib/status/page.ts";
import { statusOf } from "./lib/status/site.ts";

export const definition = define({
  name: "status",
  summary: "Who does what now: the address, web servers, databases and store; and what is wrong.",
  flags: {
    inventory: INVENTORY,
    json: { flags: "--json", help: "as one JSON object" },
    watch: { flags: "--watch", help: "again every two seconds, until Ctrl-C" },
    wait: {
      flags: "--wait <seconds>",
      help: "give up a machine that has not answered by then (1)",
      parse: wholeNumber("wait", 1),
    },
  },
  examples: [["npm run status -- --watch", "while something is being repaired"]],
  exitCodes: { 0: "all is well", 1: EXIT_CODES[1], 3: "something is wrong", 4: "no machine answers" },
});

start(definition, import.meta.filename, async ({ flags }) => {
  const inventory = readInventory(flags.inventory);
  const milliseconds = 1000 * (flags.wait ?? 1);
  let connections = new Connections(undefined, () => undefined);
  for (;;) {
    const told = await askAll(inventory, connections, milliseconds);
    const status = statusOf(inventory, told);
    if (flags.watch) console.clear();
    console.log(flags.json ? JSON.stringify(status) : pageOf(status, milliseconds / 1000));
    if (!flags.watch) return told.size === 0 ? 4 : status.problems.length > 0 ? 3 : 0;
    // A machine that did not answer is logged in to again.
    if (status.silent.length > 0) {
      void connections.close();
      connections = new Connections(undefined, () => undefined);
    }
    await sleep(2000);
  }
});

// --- internal ---

/** What each machine that answers in time has said. */
async function askAll(
  inventory: Inventory,
  connections: Connections,
  milliseconds: number,
): Promise<ReadonlyMap<string, Told>> {
  const told = new Map<string, Told>();
  const asking = inventory.hosts.map(async (host) => {
    const answer = await ask(host, inventory, connections);
    if (answer) told.set(host.name, answer);
  });
  await Promise.race([Promise.all(asking), sleep(milliseconds, undefined, { ref: false })]);
  return new Map(told);
}

async function ask(host: Host, inventory: Inventory, connections: Connections): Promise<Told | undefined> {
  try {
    const connection = await connections.to(host);
    const answers = await askFor(questionsFor(host, inventory.publicAddress), connection, host);
    return Object.assign({}, ...answers.map(({ fact, output }) => fact.parse(output)));
  } catch {
    return undefined;
  }
}
