import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

/** Makes the error for what was found in a file. */
export type Refuse = (found: string) => Error;

/** The private key in a PEM file. Throws what `refuse` makes, which never shows what the file holds. */
export function keyIn(pem: string, refuse: Refuse): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw refuse(pem.includes("ENCRYPTED") ? "a key with a passphrase" : whatIs(pem, "private key"));
  }
}

/** Like keyIn, for a key that has to be on the curve P-256. */
export function p256KeyIn(pem: string, refuse: Refuse): KeyObject {
  const key = keyIn(pem, refuse);
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1")
    throw refuse(`a key of another kind (${key.asymmetricKeyType})`);
  return key;
}

/** The certificates in a PEM file, in its order: at least one. Throws what `refuse` makes. */
export function certificatesIn(pem: string, refuse: Refuse): [X509Certificate, ...X509Certificate[]] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    const [first, ...others] = blocks.map((block) => new X509Certificate(block));
    if (first) return [first, ...others];
  } catch {}
  throw refuse(whatIs(pem, "certificate"));
}

/** A key as PKCS#8 PEM. */
export function pemOf(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

/**
 * How long a certificate is still good, in milliseconds; negative if it has expired, or is not valid yet: it was issued while
 * a clock was ahead.
 */
export function timeLeft({ validFrom, validTo }: X509Certificate, now: Date): number {
  const early = now.getTime() - Date.parse(validFrom);
  return early < 0 ? early : Date.parse(validTo) - now.getTime();
}

/** Why clients do not accept a certificate now, by its time alone: `that it has expired (DATE)`. */
export function untimely({ validFrom, validTo }: X509Certificate, now: Date): string | undefined {
  if (Date.parse(validFrom) > now.getTime()) return `is not valid before ${validFrom}`;
  return Date.parse(validTo) <= now.getTime() ? `has expired (${validTo})` : undefined;
}

// --- internal ---

function whatIs(pem: string, wanted: string): string {
  return pem.trim() === "" ? "an empty file" : `no ${wanted} that can be read`;
}
