import { where } from "../bench/bench.ts";
import { FAULTS } from "../drill/faults/index.ts";
import { drill } from "../drill/index.ts";
import { readInventory } from "../engine/model/inventory/index.ts";
import { UsageError } from "../engine/util/errors.ts";
import { didYouMean } from "../engine/util/nearest.ts";
import { wholeNumber } from "./lib/cli.ts";
import { define, start } from "./lib/command.ts";
import { INVENTORY } from "./lib/flags.ts";

const NAMES = FAULTS.map(({ name }) => name);

export const definition = define({
  name: "drill",
  summary:
    "Makes faults on the lab's machines while clients write, and proves that no acknowledged write is lost. Needs root, and a site that runs.",
  flags: {
    inventory: INVENTORY,
    fault: {
      flags: "--fault <list>",
      help: "only these faults, by words of their names",
      list: true,
      values: NAMES,
    },
    rounds: {
      flags: "--rounds <number>",
      help: "how often each fault is made; the commonest 20 times and the others 5 unless given",
      parse: wholeNumber("rounds", 1),
    },
    minutes: {
      flags: "--minutes <number>",
      help: "after so many no new round begins",
      parse: wholeNumber("minutes", 1),
    },
    resume: {
      flags: "--resume",
      help: "add to the rounds in docs/measured/drill.json; npm run docs makes the table of them",
    },
  },
  examples: [
    ["npm run drill -- --rounds 1", "each fault once"],
    ['npm run drill -- --fault "MySQL is killed" --rounds 3', "two faults, three times each"],
    ["npm run drill -- --resume --minutes 30", "half an hour more for docs/measured/failover.md"],
  ],
  exitCodes: {
    "0": "no violation",
    "1": "wrong usage, or a violation: printed, and the machines stay as they are",
  },
});

start(definition, import.meta.filename, async ({ flags }) => {
  const unknown = flags.fault.find((word) => !NAMES.some((name) => name.includes(word)));
  if (unknown !== undefined)
    throw new UsageError(
      `--fault: found "${unknown}"${didYouMean(unknown, NAMES)}; expected words of one of these: ${NAMES.join("; ")}`,
    );
  const done = await drill({
    inventory: readInventory(flags.inventory),
    ...{ faults: flags.fault, rounds: flags.rounds, minutes: flags.minutes, resume: flags.resume },
    ...{ where: where(), print: console.log },
  });
  return done ? 0 : 1;
});
