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

/** How long a certificate is still good, in milliseconds; negative when it has expired. */
export function timeLeft({ validTo }: X509Certificate, now: Date): number {
  return Date.parse(validTo) - now.getTime();
}

// --- internal ---

function whatIs(pem: string, wanted: string): string {
  return pem.trim() === "" ? "an empty file" : `no ${wanted} that can be read`;
}
