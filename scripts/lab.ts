import { readInventory } from "../engine/model/inventory/index.ts";
import { openLab } from "../lab/index.ts";
import { perform, USAGE } from "../lab/verbs.ts";
import { COMMON, flags, main } from "./lib/cli.ts";

const FLAGS = {
  ...COMMON,
  kill: { type: "boolean" },
  from: { type: "string" },
  purge: { type: "boolean" },
} as const;

main(async () => {
  const { values, positionals } = flags(FLAGS, true);
  const [verb = "", ...names] = positionals;
  if (values.help || verb === "") {
    console.log(USAGE);
    return values.help ? 0 : 1;
  }
  const lab = openLab(readInventory(values.inventory), { say: console.log });
  return perform(lab, verb, names, values, console.log);
});
