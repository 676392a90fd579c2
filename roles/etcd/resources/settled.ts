import { observers, resource, sh } from "../../../engine/index.ts";
import { REACH } from "../../shared/closed.ts";
import { BIRTH, HEALTH } from "../places.ts";
import { says } from "../store.ts";

/** A member that has a leader. From then on the store counts as founded: a machine without data joins it. */
export const settled = resource<{ seconds: number }>("settled", (_name, { seconds }) => ({
  expects: [
    {
      observe: says("health"),
      is: "true",
      label: "takes writes",
      pending: [{ on: REACH, shows: ["''", "false"] }],
    },
    { observe: { observer: observers.path, key: BIRTH }, is: "" },
  ],
  waits: {
    seconds,
    until: sh`
      health=$(curl -s --max-time 5 ${HEALTH}) || :
      case $health in *'"health":"true"'*) exit 0 ;; esac
      echo 'the store to take writes: for that more than half of its members must run and reach each other'
      printf '%s\n' "$health"
      exit 1`,
  },
  apply: sh`rm -f ${BIRTH}`,
}));
