import type { Look, LookKind } from "../model/observation.ts";
import type { Resource } from "../model/resource.ts";
import { bare, lines, type Shell, sh } from "../template/shell.ts";

/** All looks of a host, numbered: `$look_3` holds what the third one showed. */
export class Looks {
  readonly all: readonly Look[];
  readonly #numbers = new Map<string, number>();

  constructor(resources: readonly Resource[]) {
    const byKey = new Map<string, Look>();
    for (const { look } of resources.flatMap(({ expects }) => expects ?? [])) byKey.set(keyOf(look), look);
    this.all = [...byKey.values()];
    for (const [number, look] of this.all.entries()) this.#numbers.set(keyOf(look), number);
  }

  variable(look: Look): Shell {
    return bare(`look_${this.#numbers.get(keyOf(look))}`);
  }

  kinds(): LookKind[] {
    return [...new Map(this.all.map(({ kind }) => [kind.name, kind])).values()];
  }

  /** The function that sorts answers into variables. Not by `read`, with which dash asks the kernel for each single byte. */
  see(): Shell {
    const cases = this.all.map((look) => sh`${keyOf(look)}) ${this.variable(look)}=$value ;;`);
    return sh`
      see() {
        set -f
        IFS=$newline
        for line in $1; do
          kind=\${line%%	*} line=\${line#*	}
          key=\${line%%	*} value=\${line#*	}
          case "$kind $key" in
            ${lines(cases)}
            *) ;;
          esac
        done
        unset IFS
        set +f
      }`;
  }

  /** Takes the given looks afresh: one gathering a kind. */
  take(looks: readonly Look[]): Shell {
    if (looks.length === 0) return sh`:`;
    const gathered = this.kinds().flatMap((kind) => {
      const asked = looks.filter((look) => look.kind.name === kind.name);
      if (asked.length === 0) return [];
      return [sh`${bare(`gather_${kind.name}`)} ${asked.flatMap((look) => look.args ?? [look.key])}`];
    });
    return lines([
      ...looks.map((look) => sh`${this.variable(look)}=`),
      sh`see "$(${gathered.length === 1 ? (gathered[0] as Shell) : lines([sh``, ...gathered])})"`,
    ]);
  }
}

// --- internal ---

function keyOf({ kind, key }: Look): string {
  return `${kind.name} ${key}`;
}
