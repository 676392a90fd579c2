import { inspect } from "node:util";

/** A value that must never be printed. Everything that would show it shows `[secret NAME]`; only `reveal` gives it. */
export class Secret {
  readonly name: string;
  readonly #value: string;

  constructor(name: string, value: string) {
    this.name = name;
    this.#value = value;
  }

  /** The value itself: for what is sent to a host on stdin, and for nothing else. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return `[secret ${this.name}]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/**
 * Removes secrets from what a host printed, where they cannot be known by type. Also their quoted and base64 forms,
 * since a program that echoes its input shows those.
 */
export function redact(output: string, secrets: Iterable<Secret>): string {
  let clean = output;
  const longestFirst = [...secrets].sort((a, b) => b.reveal().length - a.reveal().length);
  for (const secret of longestFirst) {
    const raw = secret.reveal();
    if (raw.length < MIN_LENGTH) continue;
    const forms = [
      raw,
      raw.replaceAll("'", "'\\''"),
      encodeURIComponent(raw),
      Buffer.from(raw).toString("base64"),
    ];
    for (const form of forms) clean = clean.replaceAll(form, secret.toString());
  }
  return clean;
}

/** Shorter ones would blank out ordinary words; `.env` values under this length are refused where they are read. */
export const MIN_LENGTH = 8;
