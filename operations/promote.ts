import { sh } from "../engine/template/shell.ts";
import { RefusedError, UsageError } from "../engine/util/errors.ts";
import { HEALTH, manager } from "../roles/failover/manager.ts";
import type { StoreKnows } from "../roles/failover/topology.ts";
import type { Operation } from "./operation.ts";

export interface PromoteOptions {
  readonly name: string;
  /** Transactions that the primary has and this one lacks, as a set of GTIDs; undefined if the primary cannot be asked. */
  readonly lacks: string | undefined;
  readonly mayLose: boolean;
}

/**
 * The last resort: a database becomes the primary that is no standby. Throws RefusedError where that could lose writes, unless
 * people take that upon themselves, and where a switchover does the same without loss.
 */
export function promote(
  store: StoreKnows,
  databases: readonly string[],
  { name, lacks, mayLose }: PromoteOptions,
): Operation {
  if (!databases.includes(name))
    throw new UsageError(`found "${name}"; expected one of the databases: ${databases.join(", ")}`);
  if (name === store.primary && lacks === "")
    throw new RefusedError(`${name} is the primary already. Nothing was changed.`);
  if (name === store.standby)
    throw new RefusedError(
      `${name} is the standby. Nothing was changed. If ${store.primary} is gone, it takes over by itself${store.paused ? ", once promotion is resumed: npm run promotion -- resume" : " within seconds"}. If not: npm run switchover`,
    );
  const lost =
    lacks === undefined
      ? `${store.primary} cannot be asked: nobody knows what was acknowledged since ${name} was the standby, or whether it still takes writes`
      : `${name} lacks these transactions of ${store.primary}: ${lacks || "none, as far as can be seen"}`;
  if (!mayLose)
    throw new RefusedError(
      `${lost}. Nothing was changed. Bring ${store.primary} back if that is possible: it opens by itself. To give up what ${name} lacks: npm run promote -- ${name} --may-lose`,
    );
  return {
    name: "promote",
    words: [name, "--may-lose"],
    steps: [
      {
        name: `${name} becomes the primary. ${lost}`,
        host: name,
        run: manager("force", name, `${store.term}`),
        gate: sh`
          ${HEALTH} | grep -qF '"open":true' && exit 0
          echo ${`${name} to take writes`}
          exit 1`,
        seconds: 60,
      },
    ],
  };
}
