import { lines, type Shell, sh } from "./shell.ts";

/** Something that is read from a host before its roles are compiled. */
export interface Fact<Value> {
  readonly name: string;
  /** Prints what `parse` reads; runs as root. */
  readonly gather: Shell;
  readonly parse: (output: string) => Value;
}

/** Defines a fact. */
export function fact<Value>(name: string, gather: Shell, parse: (output: string) => Value): Fact<Value> {
  return { name, gather, parse };
}

/** What was read from hosts; a host that could not be reached has no facts. */
export class Facts {
  readonly #values = new Map<string, unknown>();

  set(host: string, name: string, value: unknown): void {
    this.#values.set(`${host}\t${name}`, value);
  }

  get<Value>(fact: Fact<Value>, host: string): Value | undefined {
    return this.#values.get(`${host}\t${fact.name}`) as Value | undefined;
  }
}

/** Compiles facts into one program, which prints one event for each. */
export function compileFacts(facts: readonly Fact<unknown>[]): Shell {
  return lines([
    sh`export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    sh`main() {`,
    ...facts.map(
      ({ gather }, n) => sh`
        printf 'fact %s %s\n' ${n} "$({
        ${gather}
        } </dev/null 2>/dev/null | base64 -w0)"`,
    ),
    sh`
      echo finished
      }
      main`,
  ]);
}
