import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  webcrypto,
  X509Certificate,
} from "node:crypto";
import type { Extension, X509CertificateCreateParamsName } from "@peculiar/x509";
import type { CertificateRequest } from "../model/certificate.ts";

/** What a CA may issue for: domains with their subdomains, and networks such as `192.168.56.0/24`. */
export interface Permitted {
  readonly domains: readonly string[];
  readonly networks: readonly string[];
}

/** A CA's certificate and key. */
export interface Signer {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

/** A new P-256 key. */
export function newKey(): KeyObject {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
}

/** Makes a CA's certificate, as PEM, for ten years. The CA may issue leaves only, and only for what is permitted. */
export async function selfSigned(
  key: KeyObject,
  name: string,
  permitted: Permitted,
  now: Date,
): Promise<string> {
  const { x509, schema, asn1 } = await libraries();
  const names = [
    ...permitted.domains.map((dNSName) => ({ dNSName })),
    ...permitted.networks.map((iPAddress) => ({ iPAddress })),
  ];
  const subtrees = names.map((base) => new asn1.GeneralSubtree({ base: new asn1.GeneralName(base) }));
  const constraints = new asn1.NameConstraints({ permittedSubtrees: new asn1.GeneralSubtrees(subtrees) });
  const subject = [{ CN: [name] }];
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
  return sign({
    key,
    subject,
    issuer: subject,
    signingKey: key,
    notBefore: new Date(now.getTime() - SKEW),
    notAfter: new Date(now.getTime() + CA_LIFE),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
      new x509.Extension(asn1.id_ce_nameConstraints, true, schema.AsnConvert.serialize(constraints)),
    ],
  });
}

/**
 * Issues a leaf, as PEM, valid for 90 days but no longer than the CA. It is good for TLS servers and clients. Does not
 * check whether the CA may issue for these names: see requirePermitted.
 */
export async function issue(
  key: KeyObject,
  { name, dns, addresses }: CertificateRequest,
  signer: Signer,
  now: Date,
): Promise<string> {
  const { x509 } = await libraries();
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
  const end = Math.min(now.getTime() + LEAF_LIFE, Date.parse(signer.certificate.validTo));
  return sign({
    key,
    subject: [{ CN: [name] }],
    issuer: new x509.X509Certificate(signer.certificate.raw).subjectName,
    signingKey: signer.key,
    notBefore: new Date(now.getTime() - SKEW),
    notAfter: new Date(end),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([serverAuth, clientAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...dns.map((value) => ({ type: "dns" as const, value })),
        ...addresses.map((value) => ({ type: "ip" as const, value })),
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(spki(signer.key)),
    ],
  });
}

/** What a CA may issue for, by its certificate; undefined if it may issue for anything. */
export async function permittedBy(certificate: X509Certificate): Promise<Permitted | undefined> {
  const { x509, schema, asn1 } = await libraries();
  const extension = new x509.X509Certificate(certificate.raw).getExtension(asn1.id_ce_nameConstraints);
  if (!extension) return undefined;
  const { permittedSubtrees } = schema.AsnConvert.parse(extension.value, asn1.NameConstraints);
  const bases = [...(permittedSubtrees ?? [])].map(({ base }) => base);
  return {
    domains: bases.flatMap(({ dNSName }) => dNSName ?? []),
    networks: bases.flatMap(({ iPAddress }) => iPAddress ?? []),
  };
}

// --- internal ---

const DAY = 86_400_000;
const CA_LIFE = 3650 * DAY;
const LEAF_LIFE = 90 * DAY;
/** How far the clocks of hosts may be behind, in milliseconds. */
const SKEW = 3_600_000;

interface Contents {
  readonly key: KeyObject;
  readonly subject: X509CertificateCreateParamsName;
  readonly issuer: X509CertificateCreateParamsName;
  readonly signingKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Extension[];
}

/** Loaded only if something is issued: loading takes longer than all else that a run does before it connects. */
async function libraries() {
  // The x509 library does not load without this.
  await import("reflect-metadata");
  const [x509, schema, asn1] = await Promise.all([
    import("@peculiar/x509"),
    import("@peculiar/asn1-schema"),
    import("@peculiar/asn1-x509"),
  ]);
  return { x509, schema, asn1 };
}

/** Signs with a random serial of 128 bits, which is the library's default. */
async function sign({ key, signingKey, extensions, ...others }: Contents): Promise<string> {
  const { x509 } = await libraries();
  const made = await x509.X509CertificateGenerator.create({
    ...others,
    publicKey: spki(key),
    signingKey: await webcrypto.subtle.importKey(
      "pkcs8",
      signingKey.export({ type: "pkcs8", format: "der" }),
      { name: "ECDSA", namedCurve: "P-256" },
      false,
      ["sign"],
    ),
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    extensions: [...extensions, await x509.SubjectKeyIdentifierExtension.create(spki(key))],
  });
  return new X509Certificate(Buffer.from(made.rawData)).toString();
}

function spki(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: "spki", format: "der" });
}
