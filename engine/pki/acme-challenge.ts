import { createHash, createPublicKey, type KeyObject, randomBytes } from "node:crypto";
import { httpRequest } from "../util/http.ts";

/** Where a site answers ACME challenges: an address and, in tests, another port than 80. */
export interface Place {
  readonly address: string;
  readonly port?: number;
}

/**
 * The thumbprint of a P-256 key (RFC 7638). With it any ACME challenge can be answered without knowing it beforehand:
 * the answer is the token from the request and this thumbprint.
 */
export function thumbprintOf(key: KeyObject): string {
  const { crv, kty, x, y } = createPublicKey(key).export({ format: "jwk" });
  // RFC 7638 wants exactly these members, in alphabetical order and without spaces.
  return createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
}

/** Why a site does not answer ACME challenges; undefined if it does. Asks once, for two seconds at most. */
export async function whyUnanswered(
  { address, port = 80 }: Place,
  host: string,
  thumbprint: string,
): Promise<string | undefined> {
  const token = randomBytes(16).toString("base64url");
  const question = { path: `/.well-known/acme-challenge/${token}`, host, plain: true, port, seconds: 2 };
  try {
    const { status, body } = await httpRequest(address, question);
    if (status !== 200) return `it answers ${status}`;
    return body.trim() === `${token}.${thumbprint}` ? undefined : "it answers for another account";
  } catch (error) {
    return (error as Error).message;
  }
}
