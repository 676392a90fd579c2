import { readInventory } from "../engine/model/inventory/index.ts";
import { UsageError } from "../engine/util/errors.ts";
import { promotion } from "../operations/promotion.ts";
import { define, start } from "./lib/command.ts";
import { INVENTORY } from "./lib/flags.ts";
import { howOf, OPERATION, OPERATION_CODES, operate } from "./lib/operate.ts";

const VERBS = ["pause", "resume"] as const;

export const definition = define({
  name: "promotion",
  summary: "Whether the managers may promote another database by themselves.",
  args: [{ name: "<verb>", help: "what is to be done", values: VERBS }],
  flags: { inventory: INVENTORY, ...OPERATION },
  words: {
    pause: "nobody is promoted, as for maintenance; the site goes on",
    resume: "the managers promote again",
  },
  examples: [["npm run promotion -- pause", "before the store is taken apart"]],
  exitCodes: OPERATION_CODES,
});

start(definition, import.meta.filename, async ({ flags, args: [found] }) => {
  const verb = VERBS.find((one) => one === found);
  if (!verb) throw new UsageError(`found "${found}"; expected ${VERBS.join(" or ")}`);
  return operate({
    inventory: readInventory(flags.inventory),
    how: howOf(flags),
    operation: ({ members, patience }) => {
      const asked = members.find(({ state }) => typeof state?.store === "object");
      return promotion(verb, asked?.name ?? "", patience);
    },
  });
});
