import { inspect } from "node:util";

/** Text with two renderings: one that may be printed, and what it stands for, which only `reveal` gives. */
export class Masked {
  readonly masked: string;
  readonly #raw: string;

  constructor(raw: string, masked: string) {
    this.#raw = raw;
    this.masked = masked;
  }

  /** Whether the two differ. */
  get hasSecret(): boolean {
    return this.masked !== this.#raw;
  }

  /** With its secrets in: for what is sent to a host on stdin, and for nothing else. */
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

/** Whether a template's value, or one of a list, holds a secret. Most of thousands do not, and need one rendering only. */
export function holdsSecret(value: unknown): boolean {
  if (value instanceof Masked) return value.hasSecret;
  return Array.isArray(value) && value.some(holdsSecret);
}
