import { where } from "../bench/bench.ts";
import { cold } from "../bench/cold.ts";
import { growth } from "../bench/growth.ts";
import { noop } from "../bench/noop.ts";
import { provision } from "../bench/provision.ts";
import { requests } from "../bench/requests.ts";
import { start } from "../bench/start.ts";
import { readInventory } from "../engine/model/inventory/index.ts";
import { UsageError } from "../engine/util/errors.ts";
import { COMMON, flags, main } from "./lib/cli.ts";

const BENCHES = { cold, noop, start, requests, provision, growth };
/** What runs without a name: Ansible is for those who ask for it, since it takes long. */
const USUAL = ["cold", "noop", "start", "requests"];

main(async () => {
  const { values, positionals } = flags(COMMON, true);
  if (values.help) {
    console.log(
      "npm run bench [-- cold|noop|start|requests|provision|growth]      what is claimed about speed, measured in the lab (as root; cold and provision make its machines bare; provision measures Ansible beside it, which takes long)",
    );
    return 0;
  }
  const inventory = readInventory(values.inventory);
  const wanted = positionals.length > 0 ? positionals : USUAL;
  console.log(where());
  for (const name of wanted) {
    const bench = BENCHES[name as keyof typeof BENCHES];
    if (!bench) throw new UsageError(`bench: found "${name}"; expected ${Object.keys(BENCHES).join(" or ")}`);
    await bench({ inventory, file: values.inventory }, console.log);
  }
  return 0;
});
