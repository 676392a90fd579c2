import { sh } from "../engine/template/shell.ts";
import { HEALTH, manager } from "../roles/failover/manager.ts";
import type { Operation } from "./operation.ts";

/** The managers promote nobody while this is so, or they do again. `host` is any database whose manager answers. */
export function promotion(verb: "pause" | "resume", host: string, patience: number): Operation {
  const paused = verb === "pause";
  return {
    name: "promotion",
    words: [verb],
    steps: [
      {
        name: paused ? "nobody is promoted any more" : "the managers promote again",
        host,
        run: manager(verb),
        gate: sh`
          ${HEALTH} | grep -qF ${`"paused":${paused}`} && exit 0
          echo 'the managers to know'
          exit 1`,
        seconds: 10 * patience,
        undo: manager(paused ? "resume" : "pause"),
      },
    ],
  };
}
