import type { Shell } from "../template/shell.ts";

/** A value that is read from a host before its roles are compiled. */
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

/** The facts that were read from hosts. A host that could not be reached has none. */
export class Facts {
  readonly #values = new Map<string, unknown>();

  set(host: string, name: string, value: unknown): void {
    this.#values.set(`${host}\t${name}`, value);
  }

  get<Value>(fact: Fact<Value>, host: string): Value | undefined {
    return this.#values.get(`${host}\t${fact.name}`) as Value | undefined;
  }
}
