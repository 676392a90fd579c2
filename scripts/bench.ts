import { where } from "../bench/bench.ts";
import { cold } from "../bench/cold.ts";
import { failover } from "../bench/failover.ts";
import { FAULTS } from "../bench/failover-faults.ts";
import { growth } from "../bench/growth.ts";
import { noop } from "../bench/noop.ts";
import { provision } from "../bench/provision.ts";
import { start as starting } from "../bench/start.ts";
import { traffic } from "../bench/traffic/index.ts";
import { readInventory } from "../engine/model/inventory/index.ts";
import { UsageError } from "../engine/util/errors.ts";
import { didYouMean } from "../engine/util/nearest.ts";
import { wholeNumber } from "./lib/cli.ts";
import { define, start } from "./lib/command.ts";
import { INVENTORY } from "./lib/flags.ts";

const BENCHES = { cold, noop, start: starting, traffic, provision, growth, failover };
/** What runs without a name. The others take long, and so are for those who ask for them. */
const USUAL = ["cold", "noop", "start"];

/** Names under which pages of docs/measured/ have figures, and whose figures they are. */
const RECORDS: readonly string[] = ["before", "after"];
const RECORDED = ["traffic", "failover"];

export const definition = define({
  name: "bench",
  summary: "Measures what is claimed about speed, in the lab. Needs root.",
  args: [{ name: "[bench...]", help: "cold, noop and start unless given", values: Object.keys(BENCHES) }],
  flags: {
    inventory: INVENTORY,
    rounds: {
      flags: "--rounds <number>",
      help: "failover: how often each fault is made; 20 unless given",
      parse: wholeNumber("rounds", 1),
    },
    fault: {
      flags: "--fault <list>",
      help: "failover: only these faults, by words of their names",
      list: true,
      values: FAULTS.map(({ name }) => name),
    },
    record: {
      flags: "--record <name>",
      help: "keep the figures of traffic or failover in docs/measured/; npm run docs makes pages of before and after",
      values: RECORDS,
      parse: (name) => {
        if (RECORDS.includes(name)) return name;
        throw new UsageError(`--record: found "${name}"; expected ${RECORDS.join(" or ")}`);
      },
    },
  },
  words: {
    noop: "a run that has nothing to do, beside ssh to all hosts",
    start: "what starting a command takes",
    traffic:
      "requests through the balancer, beside a configuration by hand, plain HTTP and one web server directly",
    cold: "a run from bare machines, beside a script by hand; makes the machines bare",
    provision: "Ansible and Mitogen on the same machines; makes them bare, takes long",
    growth: "up to 100 hosts, 500 resources a host, a long way to them",
    failover: "what new visitors wait if the balancer in front fails; takes about half an hour",
  },
  examples: [
    ["npm run bench -- noop start", "two of them"],
    ["npm run bench -- traffic --record after", "for docs/measured/traffic.md"],
  ],
});

start(definition, import.meta.filename, async ({ flags, args }) => {
  const inventory = readInventory(flags.inventory);
  const wanted = args.length > 0 ? args : USUAL;
  if (flags.record !== undefined && !wanted.some((name) => RECORDED.includes(name)))
    throw new UsageError(
      `--record keeps the figures of ${RECORDED.join(" or ")}: npm run bench -- traffic --record after`,
    );
  console.log(where());
  for (const name of wanted) {
    const bench = BENCHES[name as keyof typeof BENCHES];
    if (!bench)
      throw new UsageError(
        `bench: found "${name}"${didYouMean(name, Object.keys(BENCHES))}; expected ${Object.keys(BENCHES).join(" or ")}`,
      );
    await bench(
      { inventory, file: flags.inventory, rounds: flags.rounds, faults: flags.fault, record: flags.record },
      console.log,
    );
  }
  return 0;
});
