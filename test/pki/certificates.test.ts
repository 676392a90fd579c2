import { execFileSync, spawnSync } from "node:child_process";
import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { AddressInfo } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { connect, createServer, type TLSSocket } from "node:tls";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { command, type Inventory, play, role, sh, site } from "../../engine/index.ts";
import { type Certificate, type CertificateRequest, keySecrets } from "../../engine/model/certificate.ts";
import { type CertificateOptions, readCertificates } from "../../engine/pki/certificates.ts";
import { issue, newKey } from "../../engine/pki/issue.ts";
import { pemOf } from "../../engine/pki/pem.ts";
import { Store } from "../../engine/pki/store.ts";
import { suppliedIn } from "../../engine/pki/supplied.ts";
import { constraintsOf, requestsOf } from "../../engine/plan/certificate-requests.ts";
import { contextOf } from "../../engine/plan/context.ts";
import { redact } from "../../engine/template/secret.ts";
import { readEnv } from "../../engine/util/env.ts";
import { inventoryOf, testInputs } from "../helpers/plan-inputs.ts";
import { canSandbox } from "../helpers/sandbox.ts";
import { scratch } from "../helpers/scratch.ts";
import { machines } from "../helpers/site.ts";

vi.stubEnv("SSH_AUTH_SOCK", "");

const CONSTRAINTS = { domain: "foobar.com", addresses: ["127.0.0.1", "192.168.56.10", "192.168.56.11"] };
const WEB: CertificateRequest = {
  name: "web-01",
  dns: ["web-01.foobar.com", "www.foobar.com"],
  addresses: ["127.0.0.1"],
};
const DB: CertificateRequest = { name: "db-01", dns: ["db-01.foobar.com"], addresses: ["192.168.56.14"] };
const DAY = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY);

const folderOf = () => join(scratch(), "pki");
const read = (folder: string, requests = [WEB], options: Partial<CertificateOptions> = {}) =>
  readCertificates(folder, requests, { constraints: CONSTRAINTS, ...options });

/** The certificate of WEB. */
async function web(folder: string, options: Partial<CertificateOptions> = {}, request = WEB) {
  return the(await read(folder, [request], options), request.name);
}

function the(certificates: ReadonlyMap<string, Certificate>, name: string): Certificate {
  const found = certificates.get(name);
  if (!found) throw new Error(`no certificate ${name}, only ${[...certificates.keys()]}`);
  return found;
}

/** Every file of a folder with its content. */
const contents = (folder: string) =>
  existsSync(folder)
    ? Object.fromEntries(
        readdirSync(folder)
          .sort()
          .map((file) => [file, statSync(join(folder, file)).isFile() && readFileSync(join(folder, file))]),
      )
    : undefined;

/** What OpenSSL says about a chain, as a client that trusts only this CA. */
function verify({ chain, authority }: Pick<Certificate, "chain" | "authority">, ...flags: string[]): string {
  const dir = scratch();
  writeFileSync(join(dir, "ca.pem"), authority);
  writeFileSync(join(dir, "leaf.pem"), chain);
  const options = ["-x509_strict", "-no-CApath", "-no-CAstore", "-CAfile", join(dir, "ca.pem"), ...flags];
  const { stdout, stderr } = spawnSync("openssl", ["verify", ...options, join(dir, "leaf.pem")]);
  return /(?:error \d+ .*|: OK)/.exec(`${stdout}${stderr}`)?.[0].replace(/^: | at \d depth/g, "") ?? "";
}

/** A TLS handshake where both sides have certificates. Returns whom the server saw, or why it failed. */
async function handshake(server: Certificate, client: Certificate, servername?: string): Promise<string> {
  const of = ({ key, chain, authority }: Certificate) => ({ key: key.reveal(), cert: chain, ca: authority });
  const listener = createServer({ ...of(server), requestCert: true }, (socket: TLSSocket) => {
    socket.end(`hello ${socket.getPeerX509Certificate()?.subject}`);
  });
  listener.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;
  const name = servername === undefined ? {} : { servername };
  return new Promise<string>((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, ...of(client), ...name });
    socket.on("data", (data) => resolve(data.toString()));
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on("close", () => resolve("closed"));
  }).finally(() => listener.close());
}

describe("a clock that was a month ahead, and is right again", () => {
  test("leaves no certificate that is not valid yet", async () => {
    const folder = folderOf();
    const before = await web(folder);
    for (const file of ["web-01.key", "web-01.pem"]) rmSync(join(folder, file));
    const ahead = await web(folder, { now: inDays(31) });
    expect(verify(ahead)).toContain("certificate is not yet valid");
    const right = await web(folder);
    expect(right.chain).not.toBe(ahead.chain);
    expect(right.authority).toBe(before.authority);
    expect(verify(right)).toBe("OK");
    expect((await web(folder)).chain).toBe(right.chain);
  });

  test("and a CA of that time is refused, with its date", async () => {
    const folder = folderOf();
    await web(folder, { now: inDays(31) });
    await expect(web(folder)).rejects.toThrow(
      /ca\.pem: found that the CA is not valid before .*; expected one/,
    );
  });
});

describe("an issued certificate", () => {
  test("is accepted by OpenSSL in strict mode, for servers and for clients", async () => {
    const certificates = await read(folderOf(), [WEB, DB]);
    expect([...certificates.keys()]).toEqual(["web-01", "db-01"]);
    for (const [name, certificate] of certificates) {
      const host = ["-verify_hostname", `${name}.foobar.com`];
      expect(verify(certificate, "-purpose", "sslserver", ...host)).toBe("OK");
      expect(verify(certificate, "-purpose", "sslclient")).toBe("OK");
    }
    expect(verify(the(certificates, "db-01"), "-verify_ip", "192.168.56.14")).toBe("OK");
    expect(verify(the(certificates, "db-01"), "-verify_ip", "192.168.56.15")).toContain(
      "IP address mismatch",
    );
  });

  test("allows only what is needed, and so does the CA's own", async () => {
    const { chain, authority, key, expires } = await web(folderOf());
    const leaf = shown(chain);
    for (const part of [
      "Subject: CN = web-01\n",
      "Issuer: CN = Quintet CA of foobar.com\n",
      "Public-Key: (256 bit)",
      "Basic Constraints: critical\n                CA:FALSE\n",
      "Key Usage: critical\n                Digital Signature\n",
      "TLS Web Server Authentication, TLS Web Client Authentication\n",
      "DNS:web-01.foobar.com, DNS:www.foobar.com, IP Address:127.0.0.1\n",
    ])
      expect(leaf).toContain(part);
    const ca = shown(authority);
    for (const part of [
      "Subject: CN = Quintet CA of foobar.com\n",
      "Basic Constraints: critical\n                CA:TRUE, pathlen:0\n",
      "Key Usage: critical\n                Certificate Sign, CRL Sign\n",
      "Name Constraints: critical\n                Permitted:\n                  DNS:foobar.com\n                  IP:127.0.0.0/255.255.255.0\n                  IP:192.168.56.0/255.255.255.0\n",
    ])
      expect(ca).toContain(part);
    const { validFrom, validTo, serialNumber } = new X509Certificate(chain);
    expect(expires).toEqual(new Date(validTo));
    expect(hoursUntil(validTo)).toBe(90 * 24);
    expect(hoursUntil(validFrom)).toBe(-1);
    expect(hoursUntil(new X509Certificate(authority).validTo)).toBe(3650 * 24);
    expect(BigInt(`0x${serialNumber}`)).toBeGreaterThan(2n ** 96n);
    expect(key.reveal()).toMatch(/^-----BEGIN PRIVATE KEY-----\n[\s\S]*-----END PRIVATE KEY-----$/);
    expect(new X509Certificate(chain).checkPrivateKey(createPrivateKey(key.reveal()))).toBe(true);
  });

  test("is accepted by TLS clients only for its names and addresses", async () => {
    const certificates = await read(folderOf(), [WEB, DB]);
    const [server, client] = [the(certificates, "web-01"), the(certificates, "db-01")];
    const stranger = await web(folderOf());
    expect(await handshake(server, client, "web-01.foobar.com")).toBe("hello CN=db-01");
    expect(await handshake(server, client, "www.foobar.com")).toBe("hello CN=db-01");
    expect(await handshake(server, client)).toBe("hello CN=db-01");
    expect(await handshake(server, client, "db-01.foobar.com")).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
    expect(await handshake(client, server)).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
    const elsewhere = { ...client, authority: stranger.authority };
    expect(await handshake(server, elsewhere, "www.foobar.com")).toBe("SELF_SIGNED_CERT_IN_CHAIN");
    const intruder = { ...stranger, authority: client.authority };
    expect(await handshake(server, intruder, "www.foobar.com")).toMatch(/^(closed|ECONNRESET|ERR_SSL)/);
  });

  test.each<[string, Partial<CertificateRequest>]>([
    ["a host of another domain", { dns: ["web-01.example.org"] }],
    ["a domain that only ends alike", { dns: ["notfoobar.com"] }],
    ["an address of another network", { addresses: ["10.9.9.9"] }],
  ])("for %s is refused by clients, even with the CA's signature", async (_, strange) => {
    const folder = folderOf();
    const { authority } = await web(folder);
    const key = createPrivateKey(readFileSync(join(folder, "ca.key")));
    const signer = { certificate: new X509Certificate(authority), key };
    const sign = (request: CertificateRequest) => issue(newKey(), request, signer, new Date());
    expect(verify({ chain: await sign(WEB), authority })).toBe("OK");
    expect(verify({ chain: await sign({ ...WEB, ...strange }), authority })).toContain(
      "permitted subtree violation",
    );
  });
});

describe("the folder", () => {
  test("is readable only by its owner, and a second run does not change it", async () => {
    const folder = folderOf();
    const first = await read(folder, [WEB, DB]);
    const before = contents(folder);
    expect(Object.keys(before ?? {})).toEqual([
      "ca.key",
      "ca.pem",
      "db-01.key",
      "db-01.pem",
      "web-01.key",
      "web-01.pem",
    ]);
    expect(modeOf(folder)).toBe(0o700);
    for (const name of ["ca", "db-01", "web-01"]) expect(modeOf(join(folder, `${name}.key`))).toBe(0o600);
    const second = await read(folder, [WEB, DB]);
    expect(contents(folder)).toEqual(before);
    for (const [name, { key, ...others }] of first) {
      expect(second.get(name)).toMatchObject(others);
      expect(second.get(name)?.key.reveal()).toBe(key.reveal());
    }
  });

  test("is made readable only by its owner again", async () => {
    const folder = folderOf();
    await web(folder);
    chmodSync(folder, 0o755);
    chmodSync(join(folder, "ca.key"), 0o644);
    await web(folder, { keep: false });
    expect(modeOf(join(folder, "ca.key"))).toBe(0o644);
    await web(folder);
    expect([modeOf(folder), modeOf(join(folder, "ca.key"))]).toEqual([0o700, 0o600]);
  });

  test("is not made if no certificate is needed", async () => {
    const folder = folderOf();
    expect(await read(folder, [])).toEqual(new Map());
    expect(existsSync(folder)).toBe(false);
  });

  test("is not written by a plan, which has certificates all the same", async () => {
    const folder = folderOf();
    expect(verify(await web(folder, { keep: false }))).toBe("OK");
    expect(existsSync(folder)).toBe(false);
    const { authority } = await web(folder);
    const before = contents(folder);
    const planned = the(await read(folder, [DB], { keep: false }), "db-01");
    expect([verify(planned), planned.authority]).toEqual(["OK", authority]);
    expect((await web(folder, { keep: false, now: inDays(80) })).expires > inDays(160)).toBe(true);
    expect(contents(folder)).toEqual(before);
  });

  test("gets only one CA if several runs start at the same time", async () => {
    const folder = folderOf();
    const runs = await Promise.all([WEB, DB, WEB, DB].map((request) => read(folder, [request])));
    const made = runs.flatMap((run) => [...run.values()]);
    expect(new Set(made.map(({ authority }) => authority)).size).toBe(1);
    for (const one of made) expect(verify(one)).toBe("OK");
    const after = await read(folder, [WEB, DB]);
    expect(the(after, "db-01").authority).toBe(made[0]?.authority);
    expect(readdirSync(folder).filter((file) => file.startsWith("."))).toEqual([]);
  });

  test("keeps a file that another run wrote first", () => {
    const folder = folderOf();
    expect(new Store(folder, true).claim("ca.key", "first")).toBe("first");
    expect(new Store(folder, true).claim("ca.key", "second")).toBe("first");
    expect(readdirSync(folder)).toEqual(["ca.key"]);
    expect([modeOf(folder), modeOf(join(folder, "ca.key"))]).toEqual([0o700, 0o600]);
  });

  test("is read without loading the library that issues certificates", async () => {
    const folder = folderOf();
    const script = `
      import { createRequire } from "node:module";
      import { readCertificates } from ${JSON.stringify(new URL("../../engine/pki/certificates.ts", import.meta.url).href)};
      await readCertificates(${JSON.stringify(folder)}, ${JSON.stringify([WEB])}, { constraints: ${JSON.stringify(CONSTRAINTS)} });
      const loaded = Object.keys(createRequire(import.meta.url).cache);
      console.log(loaded.some((path) => path.includes("peculiar")));`;
    const loads = () =>
      execFileSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]).toString();
    expect(loads()).toBe("true\n");
    expect(loads()).toBe("false\n");
  });
});

describe("a certificate is issued again, with a new key,", () => {
  test("if less than a third of its life is left, and not before", async () => {
    const folder = folderOf();
    const first = await web(folder);
    const before = contents(folder);
    expect((await web(folder, { now: inDays(59) })).chain).toBe(first.chain);
    expect(contents(folder)).toEqual(before);
    const second = await web(folder, { now: inDays(61) });
    expect(second.chain).not.toBe(first.chain);
    expect(second.key.reveal()).not.toBe(first.key.reveal());
    expect(second.authority).toBe(first.authority);
    expect((await web(folder, { now: inDays(61) })).chain).toBe(second.chain);
  });

  test("if other names are needed, but not if the same names come in another order", async () => {
    const folder = folderOf();
    const first = await web(folder, {}, reversed(WEB));
    expect((await web(folder)).chain).toBe(first.chain);
    const more = { ...WEB, addresses: [...WEB.addresses, "192.168.56.11"] };
    const second = await web(folder, {}, more);
    expect(second.key.reveal()).not.toBe(first.key.reveal());
    expect(verify(second, "-verify_ip", "192.168.56.11")).toBe("OK");
    expect((await web(folder)).chain).not.toBe(second.chain);
  });

  test.each<[string, (folder: string, other: string) => void]>([
    [
      "is from another CA of the same name",
      (folder, other) => {
        copyFileSync(join(other, "web-01.key"), join(folder, "web-01.key"));
        copyFileSync(join(other, "web-01.pem"), join(folder, "web-01.pem"));
      },
    ],
    [
      "is for another key",
      (folder, other) => copyFileSync(join(other, "web-01.key"), join(folder, "web-01.key")),
    ],
    [
      "has an invalid signature",
      (folder) => {
        const der = new X509Certificate(readFileSync(join(folder, "web-01.pem"))).raw;
        der.writeUInt8(der.readUInt8(der.length - 1) ^ 1, der.length - 1);
        writeFileSync(join(folder, "web-01.pem"), new X509Certificate(der).toString());
      },
    ],
    ["has no key", (folder) => rmSync(join(folder, "web-01.key"))],
    ["is missing, but its key is there", (folder) => rmSync(join(folder, "web-01.pem"))],
  ])("if the one in the folder %s", async (_, spoil) => {
    const [folder, other] = [folderOf(), folderOf()];
    const first = await web(folder);
    await web(other);
    spoil(folder, other);
    const second = await web(folder);
    expect([first.chain, readFileSync(join(other, "web-01.pem"), "utf8").trim()]).not.toContain(second.chain);
    expect(second.key.reveal()).not.toBe(first.key.reveal());
    expect(second.authority).toBe(first.authority);
    expect(verify(second)).toBe("OK");
  });
});

describe("the CA", () => {
  test("stays the same if only its certificate is lost", async () => {
    const folder = folderOf();
    const first = await web(folder);
    rmSync(join(folder, "ca.pem"));
    const second = await web(folder);
    expect(second.chain).toBe(first.chain);
    expect(verify(second)).toBe("OK");
    const { chain } = the(await read(folder, [DB]), "db-01");
    expect(verify({ chain, authority: first.authority })).toBe("OK");
  });

  test("issues certificates again after its own name changed", async () => {
    const folder = folderOf();
    const request = { ...WEB, dns: [] };
    const first = await web(folder, {}, request);
    rmSync(join(folder, "ca.pem"));
    const second = await web(folder, { constraints: { ...CONSTRAINTS, domain: "example.org" } }, request);
    expect(second.chain).not.toBe(first.chain);
    expect(verify(second)).toBe("OK");
  });

  test("is used until it expires, and what it issues does not outlive it", async () => {
    const folder = folderOf();
    const { authority } = await web(folder);
    const late = await web(folder, { now: inDays(3640) });
    expect(late.authority).toBe(authority);
    expect(late.expires).toEqual(new Date(new X509Certificate(authority).validTo));
    expect((await web(folder, { now: inDays(3641) })).chain).toBe(late.chain);
    await expect(web(folder, { now: inDays(3651) })).rejects.toThrow(
      `${folder}/ca.pem: found that the CA has expired (${new X509Certificate(authority).validTo}); expected one that is valid now; if this computer's clock is right, remove ${folder} and provision every host again`,
    );
  });

  test("is refused if the site has outgrown it, but what it has issued is still used", async () => {
    const folder = folderOf();
    const first = await web(folder);
    const before = contents(folder);
    const grown = { domain: "foobar.com", addresses: [...CONSTRAINTS.addresses, "10.1.2.3"] };
    expect((await web(folder, { constraints: grown })).chain).toBe(first.chain);
    const far = { name: "far", dns: ["far.foobar.com"], addresses: ["10.1.2.3"] };
    const growing = read(folder, [WEB, far], { constraints: grown });
    await expect(growing).rejects.toThrow(
      `${folder}/ca.pem: found a CA for foobar.com, 127.0.0.0/24, 192.168.56.0/24; expected one for 10.1.2.3 of the certificate far as well, or clients would refuse it; remove ${folder} and provision every host again`,
    );
    await expect(growing).rejects.toMatchObject({ name: "RefusedError", exitCode: 3 });
    expect(contents(folder)).toEqual(before);
  });

  test.each([
    ["example.org", { dns: ["web-01.example.org"] }],
    ["notfoobar.com", { dns: ["notfoobar.com"] }],
    ["10.1.2.3", { addresses: ["10.1.2.3"] }],
  ])("issues no certificate for %s, which does not belong to the site", async (found, strange) => {
    const asking = read(folderOf(), [{ ...WEB, ...strange }]);
    await expect(asking).rejects.toThrow(/^certificate web-01: found .*; expected names in foobar\.com, 127/);
    await expect(asking).rejects.toThrow(found);
    await expect(asking).rejects.toMatchObject({ name: "CompileError" });
  });

  test.each<[string, string, string | undefined, string]>([
    ["lost key", "ca.key", undefined, "found no such file, but ca.pem, web-01.key, web-01.pem"],
    ["empty key", "ca.key", "", "found an empty file; expected the CA's P-256 key in PEM; put it back"],
    ["broken key", "ca.key", "-----BEGIN PRIVATE", "found no private key that can be read"],
    ["key of another kind", "ca.key", otherKind(), "found a key of another kind (rsa)"],
    ["broken certificate", "ca.pem", "x", "found no certificate that can be read; expected the CA's"],
    [
      "broken leaf",
      "web-01.pem",
      "x",
      "found no certificate that can be read; expected a certificate in PEM",
    ],
    ["empty leaf", "web-01.pem", "\n", "found an empty file; expected a certificate in PEM"],
    ["broken leaf's key", "web-01.key", "x", "found no private key that can be read; expected a private key"],
  ])("changes nothing and reports: %s", async (_, file, content, found) => {
    const folder = folderOf();
    await web(folder);
    rmSync(join(folder, file));
    if (content !== undefined) writeFileSync(join(folder, file), content);
    const before = contents(folder);
    const asking = web(folder);
    await expect(asking).rejects.toThrow(`${folder}/${file}: ${found}`);
    await expect(asking).rejects.toThrow(/; (put it back from a backup|remove )/);
    await expect(asking).rejects.toMatchObject({ name: "RefusedError" });
    expect(contents(folder)).toEqual(before);
  });

  test("reports a ca.pem that does not belong to ca.key", async () => {
    const [folder, other] = [folderOf(), folderOf()];
    await web(folder);
    await web(other);
    copyFileSync(join(other, "ca.pem"), join(folder, "ca.pem"));
    await expect(web(folder)).rejects.toThrow(
      `${folder}/ca.pem: found a certificate of another key than ${folder}/ca.key; expected them to belong together; put it back`,
    );
  });

  test.each(["ca.key", "web-01.pem"])("reports a %s that cannot be read", async (file) => {
    const folder = folderOf();
    await web(folder);
    rmSync(join(folder, file));
    mkdirSync(join(folder, file));
    await expect(web(folder)).rejects.toThrow(`${folder}/${file}: found that it cannot be read (EISDIR`);
  });

  test("reports a folder that cannot be used", async () => {
    const folder = join(scratch(), "file");
    writeFileSync(folder, "");
    await expect(web(folder)).rejects.toThrow(`${folder}: found that it cannot be read (ENOTDIR`);
  });
});

describe("a certificate of the user's own", () => {
  /** Writes files with a certificate for WEB's names and its key, and returns their paths and contents. */
  async function files() {
    const dir = scratch();
    const { chain, key, authority } = await web(join(dir, "pki"));
    const paths = { certificate: join(dir, "own.pem"), key: join(dir, "own.key") };
    writeFileSync(paths.certificate, `${chain}\n${authority}\n`);
    writeFileSync(paths.key, key.reveal());
    return { dir, paths, chain, key, authority };
  }
  const supplied = (own: { certificate: string; key: string }, when = inDays(0), request = WEB) =>
    read(join(scratch(), "none/pki"), [request], { supplied: { [request.name]: own }, now: when });

  test("is used unchanged, with the root at the end of its file as authority, and no CA is made", async () => {
    const { paths, chain, key, authority } = await files();
    const own = the(await supplied(paths), "web-01");
    expect(own).toMatchObject({ chain, authority });
    expect(own.key.reveal()).toBe(key.reveal());
    expect(own.expires).toEqual(new Date(new X509Certificate(chain).validTo));
    expect(await handshake(own, own, "www.foobar.com")).toBe("hello CN=web-01");
  });

  test("has no authority if its chain ends without a root", async () => {
    const { paths, chain } = await files();
    writeFileSync(paths.certificate, chain);
    expect(the(await supplied(paths), "web-01")).toMatchObject({ chain, authority: "" });
  });

  test("may be self-signed, with a key in OpenSSL's old format", async () => {
    const { certificate, key } = selfSigned(scratch());
    const own = the(await supplied({ certificate, key }), "web-01");
    expect(own.authority).toBe(own.chain);
    expect(own.key.reveal()).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(await handshake(own, own, "www.foobar.com")).toContain("hello");
  });

  test("leaves the other certificates to the project's own CA", async () => {
    const { dir, paths, chain } = await files();
    const both = await read(join(dir, "pki"), [DB, WEB], { supplied: { "web-01": paths } });
    expect(the(both, "web-01").chain).toBe(chain);
    expect(verify(the(both, "db-01"))).toBe("OK");
  });

  type Files = Awaited<ReturnType<typeof files>>;
  test.each<[string, "certificate" | "key", (own: Files) => void, string]>([
    [
      "no certificate file",
      "certificate",
      ({ paths }) => rmSync(paths.certificate),
      "found no such file; expected",
    ],
    ["no key file", "key", ({ paths }) => rmSync(paths.key), "found no such file; expected the key of "],
    [
      "a certificate file that is not PEM",
      "certificate",
      ({ paths }) => writeFileSync(paths.certificate, "x"),
      "found no certificate that can be read; expected certificates in PEM, the leaf first",
    ],
    [
      "a key file that is not PEM",
      "key",
      ({ paths }) => writeFileSync(paths.key, "x"),
      "found no private key that can be read",
    ],
    [
      "a key with a passphrase",
      "key",
      ({ paths }) =>
        writeFileSync(
          paths.key,
          newKey().export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "open sesame" }),
        ),
      "found a key with a passphrase; expected the key of ",
    ],
    [
      "the key of another certificate",
      "key",
      ({ paths }) => writeFileSync(paths.key, pemOf(newKey())),
      "found the key of another certificate; expected the key of ",
    ],
    [
      "the root before the leaf",
      "certificate",
      ({ dir, paths, chain, authority }) => {
        writeFileSync(paths.certificate, `${authority}\n${chain}\n`);
        copyFileSync(join(dir, "pki/ca.key"), paths.key);
      },
      "found CN=Quintet CA of foobar.com and then CN=web-01, which has not issued it; expected the leaf first",
    ],
  ])("with %s is refused, and the error names the file", async (_, file, spoil, found) => {
    const own = await files();
    spoil(own);
    const asking = supplied(own.paths);
    await expect(asking).rejects.toThrow(`${own.paths[file]} (certificate web-01): ${found}`);
    await expect(asking).rejects.toMatchObject({ name: "UsageError", exitCode: 1 });
  });

  test.each<[string, Date, CertificateRequest, string]>([
    ["that has expired", inDays(91), WEB, "found that CN=web-01 has expired ("],
    ["that is not valid yet", inDays(-1), WEB, "found that CN=web-01 is not valid before "],
    [
      "for other names",
      inDays(0),
      { ...WEB, dns: ["api.foobar.com"], addresses: ["127.0.0.1", "10.1.2.3"] },
      "found one that is not for api.foobar.com, 10.1.2.3 (DNS:web-01.foobar.com, DNS:www.foobar.com, IP Address:127.0.0.1); expected a certificate for api.foobar.com, 127.0.0.1, 10.1.2.3, valid now",
    ],
  ])("%s is refused", async (_, when, request, found) => {
    const { paths } = await files();
    await expect(supplied(paths, when, request)).rejects.toThrow(
      `${paths.certificate} (certificate web-01): ${found}`,
    );
  });

  test("that has its name only in the subject is refused", async () => {
    const { certificate, key } = selfSigned(scratch(), "subjectAltName=IP:127.0.0.1");
    await expect(supplied({ certificate, key })).rejects.toThrow(
      "found one that is not for web-01.foobar.com, www.foobar.com (IP Address:127.0.0.1)",
    );
  });
});

describe("a key", () => {
  test("is masked as a whole, line by line, and as one line", async () => {
    const certificate = await web(folderOf());
    const pem = certificate.key.reveal();
    const body = pem.split("\n").slice(1, -1);
    expect(body.map(({ length }) => length)).toEqual([64, 64, 56]);
    expect(JSON.stringify([certificate])).not.toContain(body[0]);
    const unsaid = keySecrets([certificate]);
    const hidden = "[secret web-01.key]";
    expect(redact(`x ${pem} y`, unsaid)).toBe(`x ${hidden} y`);
    expect(redact(`+ ${body.join("\n+ ")}`, unsaid)).toBe(`+ ${hidden}\n+ ${hidden}\n+ ${hidden}`);
    expect(redact(JSON.stringify(`${pem}\n`), unsaid)).not.toMatch(/[A-Za-z0-9+/]{30}/);
    expect(redact(body.join(""), unsaid)).toBe(hidden);
    expect(redact(Buffer.from(pem).toString("base64"), unsaid)).toBe(hidden);
    expect(redact(certificate.chain, unsaid)).toBe(certificate.chain);
    expect(redact("-----BEGIN PRIVATE KEY-----", unsaid)).toBe("-----BEGIN PRIVATE KEY-----");
  });

  test.skipIf(!canSandbox)("that a host prints is masked, and a plan issues nothing", async () => {
    const { run } = await machines({ "web-01": {} });
    const careless = role("careless", {
      summary: "prints its key",
      vars: z.object({}),
      certificates: ({ host }) => [{ name: host.name, dns: [`${host.name}.foobar.com`], addresses: [] }],
      resources: ({ host, certificate }) => [
        command("careless", {
          check: sh`exit 1`,
          run: sh`printf '%s\n' ${certificate(host.name).key} ${certificate(host.name).chain}; exit 9`,
        }),
      ],
    });
    const plays = site(play("all", [careless()]));
    expect((await run({ site: plays, mode: "check" })).code).toBe(2);
    expect(existsSync(".quintet/pki")).toBe(false);
    const { events } = await run({ site: plays });
    const said = events.flatMap((event) => (event.type === "failed" ? event.output : [])).join();
    const kept = readFileSync(".quintet/pki/web-01.pem", "utf8");
    expect(said).toBe(`[secret web-01.key]\n${kept}`);
    const lines = readFileSync(".quintet/pki/web-01.key", "utf8").split("\n").slice(1, 4);
    for (const line of lines) expect(JSON.stringify(events)).not.toContain(line);
  });
});

describe("roles can ask for", () => {
  const inventory = inventoryOf({ web: ["web-01", "web-02"] });
  const asking = (name: string, say: (host: string) => readonly CertificateRequest[]) =>
    role(name, {
      summary: name,
      vars: z.object({}),
      certificates: ({ host }) => say(host.name),
      resources: () => [],
    })();
  const named = (host: string): CertificateRequest => ({
    name: host,
    dns: [`${host}.foobar.com`, "www.foobar.com"],
    addresses: [],
  });
  const pairs = (roles: readonly ReturnType<typeof asking>[], { hosts }: Inventory = inventory) =>
    hosts.flatMap((host) => roles.map((one) => ({ role: one, host })));

  test("one certificate of each name", () => {
    const [a, b] = [asking("a", (host) => [named(host)]), asking("b", (host) => [reversed(named(host))])];
    expect(requestsOf(pairs([a, b]), inventory)).toEqual([named("web-01"), named("web-02")]);
    expect(constraintsOf(inventory)).toEqual({
      domain: "foobar.com",
      addresses: ["10.0.0.100", "10.0.0.1", "10.0.0.2"],
    });
  });

  test("no two different certificates of the same name", () => {
    const a = asking("a", () => [{ ...named("web"), addresses: ["10.0.0.1"] }]);
    const b = asking("b", () => [named("web")]);
    expect(() => requestsOf(pairs([a, b]), inventory)).toThrow(
      "certificate web: found that role a on web-01 wants it for 10.0.0.1, web.foobar.com, www.foobar.com, and role b on web-01 for web.foobar.com, www.foobar.com; expected the same, or two certificates of different names",
    );
  });

  test.each<[Partial<CertificateRequest>, string]>([
    [{ name: "ca" }, 'found the name "ca"'],
    [{ name: "acme" }, 'found the name "acme"'],
    [{ name: "site.acme" }, 'found the name "site.acme"'],
    [{ name: "../web" }, 'found the name "../web"'],
    [{ dns: [] }, "found web for nothing; expected at least one host name or address"],
    [{ dns: ["www.foobar.com", "a b"] }, 'found "a b" in web; expected a host name'],
    [{ dns: ["*.foobar.com"] }, 'found "*.foobar.com" in web; expected a host name'],
    [{ addresses: ["10.0.0"] }, 'found "10.0.0" in web; expected an IPv4 address'],
  ])("no impossible certificate: %j", (odd, found) => {
    const a = asking("a", () => [{ ...named("web"), ...odd }]);
    expect(() => requestsOf(pairs([a]), inventory)).toThrow(
      `role a on web-01 asks for a certificate: ${found}`,
    );
  });

  test("the certificates that they declare for their host, and no others", async () => {
    const [host] = inventory.hosts;
    if (!host) throw new Error("no host");
    const certificates = await read(folderOf(), [named("web-01"), named("web-02")], {
      constraints: constraintsOf(inventory),
    });
    const context = contextOf(
      asking("a", (name) => [named(name)]),
      host,
      testInputs({ inventory, certificates }),
    );
    expect(context.certificate("web-01")).toBe(certificates.get("web-01"));
    expect(() => context.certificate("web-02")).toThrow(
      "role a asks for the certificate web-02, which it does not declare for web-01",
    );
  });
});

// --- internal ---

function shown(pem: string): string {
  return execFileSync("openssl", ["x509", "-noout", "-text"], { input: pem }).toString();
}

function hoursUntil(date: string): number {
  return Math.round((Date.parse(date) - Date.now()) / 3_600_000);
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

function reversed(request: CertificateRequest): CertificateRequest {
  return { ...request, dns: [...request.dns].reverse() };
}

function otherKind(): string {
  return pemOf(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey);
}

/** A self-signed certificate with an old-style key, made by the openssl command. */
function selfSigned(dir: string, names = "subjectAltName=DNS:*.foobar.com,IP:127.0.0.1") {
  const files = { certificate: join(dir, "self.pem"), key: join(dir, "self.key") };
  execFileSync("openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", files.key]);
  const subject = ["-subj", "/CN=www.foobar.com", "-addext", names];
  execFileSync("openssl", [
    "req",
    "-x509",
    "-days",
    "9",
    "-key",
    files.key,
    "-out",
    files.certificate,
    ...subject,
  ]);
  return files;
}

describe("a certificate that .env names", () => {
  const own = { name: "site", dns: ["www.foobar.com"], addresses: [] };
  const inEnv = (content: string) => {
    const file = join(scratch(), ".env");
    writeFileSync(file, content);
    return suppliedIn(readEnv(file), [own, WEB]);
  };

  test("is found by its name", () => {
    expect(inEnv("SITE_CERTIFICATE=/a.pem\nSITE_CERTIFICATE_KEY=~/a.key\nOTHER=1\n")).toEqual({
      site: { certificate: "/a.pem", key: join(homedir(), "a.key") },
    });
    expect(inEnv("WEB_01_CERTIFICATE=/w.pem\nWEB_01_CERTIFICATE_KEY=/w.key\n")).toEqual({
      "web-01": { certificate: "/w.pem", key: "/w.key" },
    });
    expect(inEnv("")).toEqual({});
    expect(suppliedIn(readEnv("/nonexistent/.env"), [own])).toEqual({});
  });

  test.each([
    ["SITE_CERTIFICATE=/a.pem", "a certificate without its key"],
    ["SITE_CERTIFICATE_KEY=/a.key\nSITE_CERTIFICATE=", "a key without its certificate"],
  ])("%j is refused", (content, found) => {
    expect(() => inEnv(content)).toThrow(
      expect.objectContaining({
        name: "UsageError",
        message: expect.stringContaining(`SITE_CERTIFICATE: found ${found}`),
      }),
    );
  });
});
