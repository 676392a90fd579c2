import { sh } from "../engine/template/shell.ts";
import { RefusedError, UsageError } from "../engine/util/errors.ts";
import { HEALTH, manager } from "../roles/failover/manager.ts";
import type { StoreKnows } from "../roles/failover/topology.ts";
import type { Operation } from "./operation.ts";

/** Seconds for the standby to take over, and for the former primary to become its standby, times the patience. */
const SECONDS = { takeOver: 10, follow: 60 } as const;

/**
 * Another database becomes the primary, on purpose: the primary closes when the standby has everything, so no request fails. Throws
 * UsageError for a database that is none, and RefusedError if it is no standby or nobody may be promoted.
 */
export function switchover(
  store: StoreKnows,
  databases: readonly string[],
  patience: number,
  wanted: string | undefined,
): Operation {
  const { primary, standby } = store;
  const to = wanted ?? standby;
  if (wanted !== undefined && !databases.includes(wanted))
    throw new UsageError(`--to: found "${wanted}"; expected one of the databases: ${databases.join(", ")}`);
  if (to === primary) throw new RefusedError(`${primary} is the primary already. Nothing was changed.`);
  if (store.paused)
    throw new RefusedError(
      "promotion is paused, so nobody may take over. Nothing was changed. To let the managers promote again: npm run promotion -- resume",
    );
  if (to === null || to !== standby)
    throw new RefusedError(
      `${to === null ? "there is no standby" : `${to} is no standby`}: it may lack writes that were acknowledged. ${standby === null ? `${primary} is alone` : `The standby is ${standby}`}. Nothing was changed. npm run status says what it waits for.`,
    );
  return {
    name: "switchover",
    words: ["--to", to],
    steps: [
      {
        name: `${to} takes over from ${primary}`,
        host: to,
        run: manager("request-primary", to),
        gate: saysOf(`"primary":"${to}"`, `${to} to be the primary`),
        seconds: SECONDS.takeOver * patience,
        undo: sh`
          ${manager("withdraw")}
          ! ${HEALTH} | grep -qF ${`"primary":"${to}"`} || { echo ${`${to} has taken over already`}; exit 1; }`,
      },
      {
        name: `${primary} becomes the standby`,
        host: to,
        run: sh`:`,
        gate: saysOf(`"standby":"${primary}"`, `${primary} to confirm what ${to} writes`),
        seconds: SECONDS.follow * patience,
      },
    ],
  };
}

// --- internal ---

const saysOf = (words: string, what: string) => sh`
  ${HEALTH} | grep -qF ${words} && exit 0
  echo ${what}
  exit 1`;
