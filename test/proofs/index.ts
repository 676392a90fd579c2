import { UsageError } from "../../engine/util/errors.ts";
import { wholeNumber } from "../../scripts/lib/cli.ts";
import { define, start } from "../../scripts/lib/command.ts";
import { lab, provision } from "../lab/machines.ts";
import { proveKilled } from "./killed.ts";
import { provePlan } from "./plan.ts";

export const definition = define({
  name: "test:proofs",
  summary: "Proofs about the engine on the lab's machines that take minutes to hours. Needs root.",
  args: [{ name: "[proof...]", help: "both unless given", values: ["plan", "killed"] }],
  flags: {
    states: {
      flags: "--states <n>",
      help: "plan: how many starting states (2000)",
      parse: wholeNumber("states", 1),
    },
    seed: {
      flags: "--seed <n>",
      help: "plan: seed of the random states; each run prints its seed",
      parse: wholeNumber("seed"),
    },
  },
  words: {
    plan: "what the plan says is what a run then does, from random starting states",
    killed:
      "runs from bare machines are killed at every event; the next run goes on, and the result is the same",
  },
  examples: [["npm run test:proofs -- plan --states 100", "a short proof of some minutes"]],
});

start(definition, import.meta.filename, async ({ flags, args: positionals }) => {
  const { states = 2000, seed = Date.now() % 1_000_000 } = flags;
  const unknown = positionals.find((name) => !["plan", "killed"].includes(name));
  if (unknown !== undefined) throw new UsageError(`found "${unknown}"; expected plan or killed`);
  const wanted = positionals.length > 0 ? positionals : ["plan", "killed"];
  await lab.up();
  if (wanted.includes("plan")) {
    const { exitCode, stderr } = await provision();
    if (exitCode !== 0) throw new UsageError(`the machines are not converged: ${stderr}`);
    const began = Date.now();
    const proof = await provePlan(states, seed, console.log);
    const minutes = ((Date.now() - began) / 60_000).toFixed(0);
    console.log(
      `plan equals apply: ${proof.states} starting states, ${proof.changed} changes, ${proof.unknown} called unknown; ` +
        `${proof.moved} rounds differed, but not when repeated; ` +
        `tried ${proof.tried} of ${proof.known} kinds of drift; seed ${seed}, ${minutes} min`,
    );
  }
  if (wanted.includes("killed")) await proveKilled(console.log);
  return 0;
});
