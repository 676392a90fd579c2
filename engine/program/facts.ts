import type { Fact } from "../model/fact.ts";
import { lines, type Shell, sh } from "../template/shell.ts";
import { SAYS } from "./protocol.ts";

/** Compiles facts into one program, which prints one event for each. */
export function compileFacts(facts: readonly Fact<unknown>[]): Shell {
  return lines([
    sh`export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    sh`main() {`,
    ...facts.map(
      ({ gather }, n) => sh`
        printf '%s %s %s\n' ${SAYS.fact} ${n} "$({
        ${gather}
        } </dev/null 2>/dev/null | base64 -w0)"`,
    ),
    sh`
      echo ${SAYS.finished}
      }
      main`,
  ]);
}
