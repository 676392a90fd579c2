import { Masked } from "./masked.ts";

/** A value that must never be printed. Everything that would show it shows `[secret NAME]`; only `reveal` gives it. */
export class Secret extends Masked {
  readonly name: string;

  constructor(name: string, value: string) {
    super(value, `[secret ${name}]`);
    this.name = name;
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
