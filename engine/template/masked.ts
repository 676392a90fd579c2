import { inspect } from "node:util";

/** Text with two renderings: one that may be printed, and what it stands for, which only `reveal` gives. */
export class Rendering {
  readonly masked: string;
  readonly #raw: string;

  constructor(raw: string, masked: string) {
    this.#raw = raw;
    this.masked = masked;
  }

  /** Whether the two differ. */
  get veiled(): boolean {
    return this.masked !== this.#raw;
  }

  /** With its secrets in: goes to a host's stdin, and nowhere else. */
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
