import type { Observation, Observer } from "../model/observation.ts";
import { bare, lines, type Shell, sh } from "../template/shell.ts";

/** All observations of a host, numbered: `$seen_3` holds what the third one showed. */
export class Observations {
  readonly all: readonly Observation[];
  readonly #numbers = new Map<string, number>();

  constructor(wanted: readonly Observation[]) {
    const byKey = new Map(wanted.map((observation) => [keyOf(observation), observation]));
    this.all = [...byKey.values()];
    for (const [number, observation] of this.all.entries()) this.#numbers.set(keyOf(observation), number);
  }

  variable(observation: Observation): Shell {
    return bare(`seen_${this.#numbers.get(keyOf(observation))}`);
  }

  observers(): Observer[] {
    return [...new Map(this.all.map(({ observer }) => [observer.name, observer])).values()];
  }

  /** The function that puts answers into variables. Without `read`: dash would make a system call for each byte. */
  assign(): Shell {
    const cases = this.all.map(
      (observation) => sh`${keyOf(observation)}) ${this.variable(observation)}=$value ;;`,
    );
    return sh`
      assign() {
        set -f
        IFS=$newline
        for line in $1; do
          observer=\${line%%	*} line=\${line#*	}
          key=\${line%%	*} value=\${line#*	}
          case "$observer $key" in
            ${lines(cases)}
            *) ;;
          esac
        done
        unset IFS
        set +f
      }`;
  }

  /** Shell that makes the given observations again, with one call for each observer. */
  make(observations: readonly Observation[]): Shell {
    if (observations.length === 0) return sh`:`;
    const gathered = this.observers().flatMap(({ name }) => {
      const asked = observations.filter(({ observer }) => observer.name === name);
      if (asked.length === 0) return [];
      return [sh`${bare(`gather_${name}`)} ${asked.flatMap(({ args, key }) => args ?? [key])}`];
    });
    return lines([
      ...observations.map((observation) => sh`${this.variable(observation)}=`),
      sh`assign "$(${gathered.length === 1 ? (gathered[0] as Shell) : lines([sh``, ...gathered])})"`,
    ]);
  }
}

// --- internal ---

function keyOf({ observer, key }: Observation): string {
  return `${observer.name} ${key}`;
}
