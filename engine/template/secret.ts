import { Masked } from "./masked.ts";

/** A value that must never be printed. It prints as `[secret NAME]`. Only `reveal` returns the value. */
export class Secret extends Masked {
  readonly name: string;

  constructor(name: string, value: string) {
    super(value, `[secret ${name}]`);
    this.name = name;
  }
}

/**
 * Replaces secrets in what a host printed, which is plain text without types. Also replaces their quoted, URL-encoded
 * and base64 forms, because a program that echoes its input prints those.
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

/** Least length of a secret. Redacting a shorter one would blank out ordinary words, so `.env` may not have it. */
export const MIN_LENGTH = 8;
