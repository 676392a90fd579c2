import { UsageError } from "../../engine/util/errors.ts";
import { flags, main, wholeNumber } from "../../scripts/lib/cli.ts";
import { lab, provision } from "../lab/machines.ts";
import { proveKilled } from "./killed.ts";
import { provePlan } from "./plan.ts";

const HELP = `npm run test:proofs -- [plan|killed] [--states N] [--seed N]      what takes too long for npm test; root, and the lab's machines

  plan     plan equals apply, from N starting states (2000) that are made at random from a seed
  killed   a run from bare machines, killed at every event of it: the next run goes on, and the end is the same`;

/** Proofs about the engine on the lab's machines that take minutes to hours. */
await main(async () => {
  const { values, positionals } = flags(
    {
      states: { type: "string", default: "2000" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      help: { type: "boolean", short: "h", default: false },
    },
    true,
  );
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const unknown = positionals.find((name) => !["plan", "killed"].includes(name));
  if (unknown !== undefined) throw new UsageError(`found "${unknown}"; expected plan or killed`);
  const wanted = positionals.length > 0 ? positionals : ["plan", "killed"];
  await lab.up();
  if (wanted.includes("plan")) {
    const { exitCode, stderr } = await provision();
    if (exitCode !== 0) throw new UsageError(`the machines are not converged: ${stderr}`);
    const began = Date.now();
    const proof = await provePlan(
      wholeNumber("states", values.states, 1) as number,
      wholeNumber("seed", values.seed) as number,
      console.log,
    );
    const minutes = ((Date.now() - began) / 60_000).toFixed(0);
    console.log(
      `plan equals apply: ${proof.states} starting states, ${proof.changed} changes, ${proof.unknown} called unknown; ` +
        `${proof.moved} rounds differed and did not again; ` +
        `${proof.tried} of ${proof.known} ways to stray tried; seed ${values.seed}, ${minutes} min`,
    );
  }
  if (wanted.includes("killed")) await proveKilled(console.log);
  return 0;
});
