import { inspect } from "node:util";

/** Text in two forms. `masked` may be printed. Only `reveal` returns the real text. */
export class Masked {
  readonly masked: string;
  readonly #raw: string;

  constructor(raw: string, masked: string) {
    this.#raw = raw;
    this.masked = masked;
  }

  /** Whether the two forms differ. */
  get hasSecret(): boolean {
    return this.masked !== this.#raw;
  }

  /** The real text, with its secrets: to send it to a host on stdin, to store or to hash it. Never print it. */
  reveal(): string {
    return this.#raw;
  }

  toString(): string {
    return this.masked;
  }

  toJSON(): string {
    return this.masked;
  }

  [inspect.custom](): string {
    return this.masked;
  }
}

/** Whether a template's value, or an item of a list, holds a secret. Most do not, and need only one rendering. */
export function holdsSecret(value: unknown): boolean {
  if (value instanceof Masked) return value.hasSecret;
  return Array.isArray(value) && value.some(holdsSecret);
}
