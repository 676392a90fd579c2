import { execFileSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import { command, play, role, sh, site as siteOf } from "../../engine/index.ts";
import type { Certificate, CertificateRequest } from "../../engine/model/certificate.ts";
import { readInventory } from "../../engine/model/inventory/index.ts";
import type { AcmeOptions } from "../../engine/pki/acme.ts";
import { thumbprintOf } from "../../engine/pki/acme-challenge.ts";
import { type AcmeServer, acmeIn } from "../../engine/pki/acme-settings.ts";
import { type CertificateOptions, readCertificates } from "../../engine/pki/certificates.ts";
import { issue, newKey } from "../../engine/pki/issue.ts";
import { pemOf } from "../../engine/pki/pem.ts";
import { prepareOnly } from "../../engine/run/run.ts";
import { readEnv } from "../../engine/util/env.ts";
import { freePort, hasPebble, type Pebble, startDns, startPebble } from "../helpers/pebble.ts";
import { canSandbox } from "../helpers/sandbox.ts";
import { scratch } from "../helpers/scratch.ts";
import { machines } from "../helpers/site.ts";

vi.stubEnv("SSH_AUTH_SOCK", "");

const SITE: CertificateRequest = { name: "site", dns: ["www.foobar.com", "foobar.com"], addresses: [] };
const WEB: CertificateRequest = { name: "web-01", dns: ["web-01.foobar.com"], addresses: ["127.0.0.1"] };
const CONSTRAINTS = { domain: "foobar.com", addresses: ["127.0.0.1"] };
const DAY = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY);
const AGAIN = "run npm run provision again: the balancers answer for it now";
const OWN = "certificate site: one of the project's own CA is used, since ";

/** An ACME server that does not exist. */
const NOWHERE: AcmeServer = { directory: "https://127.0.0.1:1/dir" };

/** The site's certificate after a run, and the run's messages. */
interface Ran {
  readonly site: Certificate;
  readonly said: readonly string[];
  readonly folder: string;
}

async function run(
  folder: string,
  acme: Pick<AcmeOptions, "servers" | "place"> & Partial<AcmeOptions>,
  { requests = [SITE], ...options }: Partial<CertificateOptions> & { requests?: CertificateRequest[] } = {},
): Promise<Ran> {
  const said: string[] = [];
  const report = (type: string, text: string) => void said.push(`${type}: ${text}`);
  const certificates = await readCertificates(folder, requests, {
    constraints: CONSTRAINTS,
    acme: { orders: true, report, ...acme },
    ...options,
  });
  const site = certificates.get("site");
  if (!site) throw new Error("no certificate of the site");
  return { site, said, folder };
}

const folderOf = () => join(scratch(), "pki");
const fileOf = (folder: string, file: string) => readFileSync(join(folder, file), "utf8");
const modeOf = (path: string) => statSync(path).mode & 0o777;
const issuerOf = ({ chain }: Certificate) => new X509Certificate(chain).issuer;
const contents = (folder: string) =>
  existsSync(folder)
    ? Object.fromEntries(readdirSync(folder).map((file) => [file, fileOf(folder, file)]))
    : undefined;

/** A fake site on loopback. It answers challenges with its thumbprint, as the balancers do after a run. */
class Site {
  /** What it answers challenges with. While this is empty, it answers 404. */
  thumbprint = "";
  asked = 0;
  port = 0;
  readonly #server = createHttpServer(({ url = "", headers }, answer) => {
    this.asked++;
    this.hosts.add(headers.host ?? "");
    const known = this.thumbprint !== "" && url.startsWith("/.well-known/acme-challenge/");
    answer.statusCode = known ? 200 : 404;
    answer.end(`${url.split("/").at(-1)}.${this.thumbprint}`);
  });
  readonly hosts = new Set<string>();

  /** Rejects if the port is in use. */
  async start(port = 0, address = "127.0.0.1"): Promise<this> {
    await new Promise<void>((resolve, reject) =>
      this.#server.on("error", reject).listen(port, address, resolve),
    );
    this.port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  get place() {
    return { address: "127.0.0.1", port: this.port };
  }

  stop(): void {
    this.#server.close();
  }
}

/** Puts a certificate of the site into a folder, as if `days` ago it was ordered from a server, valid for 90 days. */
async function stash(folder: string, days: number, { directory }: AcmeServer, request = SITE) {
  const ca = await folderOfCa();
  const authority = new X509Certificate(fileOf(ca, "ca.pem"));
  const signer = { certificate: authority, key: createPrivateKey(fileOf(ca, "ca.key")) };
  const key = newKey();
  const pem = await issue(key, request, signer, inDays(-days));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "site.acme.key"), pemOf(key));
  writeFileSync(join(folder, "site.acme.pem"), `# from ${directory}\n${pem}`);
  return {
    chain: pem.trim(),
    until: inDays(90 - days)
      .toISOString()
      .slice(0, 10),
  };
}

/** A folder with a CA that no client trusts. */
async function folderOfCa(): Promise<string> {
  const folder = folderOf();
  await readCertificates(folder, [WEB], { constraints: CONSTRAINTS });
  return folder;
}

describe.skipIf(!hasPebble)("a certificate from an ACME server (needs Debian's package pebble)", () => {
  const site = new Site();
  const elsewhere = new Site();
  let dns: Awaited<ReturnType<typeof startDns>>;
  let pebble: Pebble;
  let server: AcmeServer;

  beforeAll(async () => {
    await site.start();
    await elsewhere.start();
    dns = await startDns("127.0.0.1");
    pebble = await startPebble({ httpPort: site.port, dns: dns.at });
    server = { directory: pebble.directory, authorities: pebble.authorities };
  });
  afterAll(async () => {
    await pebble?.stop();
    dns?.stop();
    site.stop();
    elsewhere.stop();
  });

  const acme = (more: Partial<AcmeOptions> = {}) => ({
    servers: { site: server },
    place: site.place,
    ...more,
  });

  /** A run for a site whose balancers already answer challenges. */
  async function ready(folder: string, more: Partial<AcmeOptions> = {}, options = {}): Promise<Ran> {
    site.thumbprint = (await run(folder, acme({ orders: false }))).site.challenge ?? "";
    return run(folder, acme(more), options);
  }

  test("is ordered if the site answers challenges, and clients accept it", async () => {
    const folder = folderOf();
    const { site: ordered, said } = await ready(folder);
    expect(said).toEqual([`notice: certificate site: asking ${server.directory}`]);
    expect(issuerOf(ordered)).toMatch(/^CN=Pebble Intermediate/);
    expect(ordered.authority).toBe(pebble.root.trim());
    for (const name of SITE.dns) expect(verify(ordered, name)).toContain(": OK");
    expect(verify(ordered, "web-01.foobar.com")).toContain("hostname mismatch");
    const leaf = new X509Certificate(ordered.chain);
    expect(leaf.checkPrivateKey(createPrivateKey(ordered.key.reveal()))).toBe(true);
    expect(leaf.publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
    expect(ordered.expires).toEqual(new Date(leaf.validTo));
    expect(site.hosts).toContain("www.foobar.com");
    expect(readdirSync(folder)).toEqual([
      "acme.key",
      "ca.key",
      "ca.pem",
      "site.acme.key",
      "site.acme.pem",
      "site.key",
      "site.pem",
    ]);
    for (const file of ["acme.key", "site.acme.key"]) expect(modeOf(join(folder, file))).toBe(0o600);
    expect(fileOf(folder, "site.acme.key").trim()).toBe(ordered.key.reveal());
    expect(ordered.challenge).toBe(thumbprintOf(createPrivateKey(fileOf(folder, "acme.key"))));
  });

  test("is used again without asking the server, and without loading the library", async () => {
    const folder = folderOf();
    const { site: first } = await ready(folder);
    const [before, log, asked] = [contents(folder), pebble.log(), site.asked];
    const { site: second, said } = await run(folder, acme());
    expect(second).toEqual(first);
    expect([said, contents(folder), pebble.log(), site.asked]).toEqual([[], before, log, asked]);
    expect(loaded(folder, acme())).toEqual({ library: false, acme: true });
    expect(loaded(folder, { ...acme(), servers: {} })).toEqual({ library: false, acme: false });
  });

  test("is ordered again in the last third of its life, with the same account and a new key", async () => {
    const folder = folderOf();
    await ready(folder);
    const account = fileOf(folder, "acme.key");
    const { chain } = await stash(folder, 59, server);
    expect((await ready(folder)).site.chain).toBe(chain);
    const old = await stash(folder, 61, server);
    const key = fileOf(folder, "site.acme.key");
    const { site: renewed } = await ready(folder);
    expect(renewed.chain).not.toBe(old.chain);
    expect(issuerOf(renewed)).toMatch(/^CN=Pebble/);
    expect(fileOf(folder, "site.acme.key")).not.toBe(key);
    expect(fileOf(folder, "acme.key")).toBe(account);
    expect((await run(folder, acme())).site.chain).toBe(renewed.chain);
    // If the account gets an email address, the server learns it with the next order.
    await stash(folder, 61, server);
    const email = "webmaster@foobar.com";
    const { site: third } = await ready(folder, { servers: { site: { ...server, email } } });
    expect(issuerOf(third)).toMatch(/^CN=Pebble/);
  });

  test("is ordered again for other names, and from another server", async () => {
    const folder = folderOf();
    const { site: first } = await ready(folder);
    const more = { ...SITE, dns: [...SITE.dns, "shop.foobar.com"] };
    const { site: second } = await ready(folder, {}, { requests: [more] });
    expect(verify(second, "shop.foobar.com")).toContain(": OK");
    expect((await run(folder, acme(), { requests: [more] })).site.chain).toBe(second.chain);
    // A certificate for more names than needed is good enough.
    expect((await run(folder, acme())).site.chain).toBe(second.chain);
    const same = { ...server, directory: `${server.directory}?again` };
    const { site: third } = await ready(folder, { servers: { site: same } });
    expect(new Set([first, second, third].map(({ chain }) => chain)).size).toBe(3);
  });

  test("is ordered again if its key does not match", async () => {
    const folder = folderOf();
    const { site: first } = await ready(folder);
    writeFileSync(join(folder, "site.acme.key"), pemOf(newKey()));
    const { site: second } = await ready(folder);
    expect(second.chain).not.toBe(first.chain);
    expect(fileOf(folder, "site.acme.key").trim()).toBe(second.key.reveal());
  });

  test("leaves the other certificates to the project's own CA, which may be made later", async () => {
    const folder = folderOf();
    mkdirSync(folder);
    const account = newKey();
    writeFileSync(join(folder, "acme.key"), pemOf(account));
    site.thumbprint = thumbprintOf(account);
    await run(folder, acme());
    expect(existsSync(join(folder, "ca.key"))).toBe(false);
    const certificates = await readCertificates(folder, [SITE, WEB], {
      constraints: CONSTRAINTS,
      acme: acme(),
    });
    expect([...certificates.values()].map(issuerOf)).toEqual([
      expect.stringMatching(/^CN=Pebble/),
      "CN=Quintet CA of foobar.com",
    ]);
    expect(certificates.get("web-01")?.challenge).toBeUndefined();
  });

  describe("cannot be had", () => {
    test("before the site answers challenges: a warning asks for another run, and the server is not asked", async () => {
      const folder = folderOf();
      site.thumbprint = "";
      const log = pebble.log();
      const first = await run(folder, acme());
      expect(first.said).toEqual([
        `warning: ${OWN}the site does not answer ACME challenges (it answers 404); ${AGAIN}`,
      ]);
      expect(issuerOf(first.site)).toBe("CN=Quintet CA of foobar.com");
      expect(first.site.challenge).toMatch(/^[\w-]{43}$/);
      site.thumbprint = thumbprintOf(newKey());
      expect((await run(folder, acme())).said[0]).toContain("(it answers for another account)");
      const nobody = { address: "127.0.0.1", port: await freePort() };
      expect((await run(folder, acme({ place: nobody }))).said[0]).toContain("(connect ECONNREFUSED");
      expect(pebble.log()).toBe(log);
      site.thumbprint = first.site.challenge ?? "";
      const { site: second, said } = await run(folder, acme());
      expect([said.length, issuerOf(second)]).toEqual([1, expect.stringMatching(/^CN=Pebble/)]);
    });

    test("while its names lead to another site: the warning has the server's own message", async () => {
      const folder = folderOf();
      // The run asks `elsewhere`, which answers as it should. The ACME server asks `site`, which does not.
      site.thumbprint = thumbprintOf(newKey());
      elsewhere.thumbprint = (await run(folder, acme({ orders: false }))).site.challenge ?? "";
      const { site: own, said } = await run(folder, acme({ place: elsewhere.place }));
      expect(issuerOf(own)).toBe("CN=Quintet CA of foobar.com");
      expect(said).toEqual([
        `notice: certificate site: asking ${server.directory}`,
        expect.stringMatching(
          /^warning: certificate site: one of the project's own CA is used, since https:\S+ gave none: The key authorization file from the server did not match this challenge.*; run npm run provision again when that is fixed$/,
        ),
      ]);
      expect(existsSync(join(folder, "site.acme.pem"))).toBe(false);
      expect(said.join()).not.toMatch(/\p{Cc}/u);
      const lines = readdirSync(folder)
        .filter((file) => file.endsWith(".key"))
        .flatMap((file) => fileOf(folder, file).split("\n").slice(1, -2));
      expect(lines.length).toBeGreaterThan(5);
      for (const line of lines) expect(said.join() + pebble.log()).not.toContain(line);
    });

    test("from a server with an untrusted certificate", async () => {
      const { said } = await ready(folderOf(), { servers: { site: { directory: server.directory } } });
      expect(said[1]).toMatch(/gave none: (self-signed|unable to)/);
    });
  });
});

describe("while the ACME server is away", () => {
  const site = new Site();
  beforeAll(() => site.start());
  afterAll(() => site.stop());

  const acme = (more: Partial<AcmeOptions> = {}) => ({
    servers: { site: NOWHERE },
    place: site.place,
    ...more,
  });
  async function ready(folder: string, more: Partial<AcmeOptions> = {}, options = {}) {
    site.thumbprint = (await run(folder, acme({ orders: false }))).site.challenge ?? "";
    return run(folder, acme(more), options);
  }
  const gone = "https://127.0.0.1:1/dir gave none: connect ECONNREFUSED 127.0.0.1:1";

  test("the last ordered certificate stays in use while it is valid", async () => {
    const folder = folderOf();
    const { chain, until } = await stash(folder, 89, NOWHERE);
    const { site: kept, said } = await ready(folder);
    expect(kept.chain).toBe(chain);
    expect(said.at(-1)).toBe(
      `warning: certificate site: the one that is valid until ${until} stays in use, since ${gone}; run npm run provision again when that is fixed`,
    );
    site.thumbprint = "";
    const silent = await run(folder, acme());
    expect([silent.site.chain, silent.said]).toEqual([chain, [expect.stringContaining(AGAIN)]]);
  });

  test.each<[string, number, CertificateRequest]>([
    ["has expired", 91, SITE],
    ["is for other names", 1, { ...SITE, dns: ["www.foobar.com", "example.foobar.com"] }],
  ])("a certificate of the project's own CA is used if the last ordered one %s", async (_, days, request) => {
    const folder = folderOf();
    await stash(folder, days, NOWHERE, request);
    const { site: own, said } = await ready(folder);
    expect(issuerOf(own)).toBe("CN=Quintet CA of foobar.com");
    expect(said.at(-1)).toContain(`warning: ${OWN}${gone};`);
  });

  test("a certificate of the project's own CA is used if there was no order yet", async () => {
    const { site: own, said } = await ready(folderOf());
    expect(issuerOf(own)).toBe("CN=Quintet CA of foobar.com");
    expect(said).toEqual([
      "notice: certificate site: asking https://127.0.0.1:1/dir",
      `warning: ${OWN}${gone}; run npm run provision again when that is fixed`,
    ]);
  });

  test("a hanging server is given up after 90 seconds, or if the run is interrupted", async () => {
    const sockets: { destroy(): void }[] = [];
    const interrupt = new AbortController();
    const hanging = createServer((socket) => {
      sockets.push(socket.on("error", () => undefined));
      interrupt.abort();
    });
    await new Promise<void>((resolve) => hanging.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      hanging.close();
    });
    const directory = `https://127.0.0.1:${(hanging.address() as AddressInfo).port}/`;
    const servers = { site: { directory } };
    for (const _ of ["while it is asked", "before"]) {
      const { said } = await ready(folderOf(), { servers, signal: interrupt.signal });
      expect(said.at(-1)).toContain("gave none: interrupted;");
    }
    const timeout = vi.spyOn(AbortSignal, "timeout").mockImplementation(() => {
      const soon = new AbortController();
      setTimeout(() => soon.abort(), 300);
      return soon.signal;
    });
    onTestFinished(() => timeout.mockRestore());
    const { said } = await ready(folderOf(), { servers });
    expect(timeout).toHaveBeenCalledWith(90_000);
    expect(said.at(-1)).toContain("gave none: no certificate within 90 s;");
    expect(sockets.length).toBeGreaterThan(1);
  });

  test("the message of a refusing server is shown in one line of limited length", async () => {
    const folder = folderOf();
    const own = await readCertificates(folder, [WEB], { constraints: CONSTRAINTS });
    const { key, chain = "", authority = "" } = own.get("web-01") ?? {};
    const refusing = createHttpsServer({ key: key?.reveal(), cert: chain }, ({ method, url }, answer) => {
      const { port } = refusing.address() as AddressInfo;
      const at = (path: string) => `https://127.0.0.1:${port}${path}`;
      const directory = { newNonce: at("/nonce"), newAccount: at("/account"), newOrder: at("/order") };
      const refusal = { type: "urn:x", detail: `\u001b[31mno\r\nentry\u0007 ${"!".repeat(9999)}` };
      answer.writeHead(method === "POST" ? 403 : 200, {
        "replay-nonce": "x",
        "content-type": "application/json",
      });
      answer.end(JSON.stringify(url === "/dir" ? directory : refusal));
    });
    await new Promise<void>((resolve) => refusing.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void refusing.close());
    const directory = `https://127.0.0.1:${(refusing.address() as AddressInfo).port}/dir`;
    const { said } = await ready(folderOf(), { servers: { site: { directory, authorities: authority } } });
    expect(said.at(-1)).toMatch(/ gave none: \[31mno entry !{400,500}; run npm run provision again/);
  });

  test("a hanging site is given up after two seconds", async () => {
    const hanging = createServer(() => undefined);
    await new Promise<void>((resolve) => hanging.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void hanging.close());
    const { port } = hanging.address() as AddressInfo;
    const { said } = await run(folderOf(), acme({ place: { address: "127.0.0.1", port } }));
    expect(said[0]).toMatch(
      /\(127\.0\.0\.1:\d+ did not answer GET \/\.well-known\/acme-challenge\/\S+ within 2 s\)/,
    );
  });

  test("a plan asks no server and writes nothing, and says what a run would do", async () => {
    const folder = folderOf();
    const asked = site.asked;
    const { site: planned, said } = await run(folder, acme({ orders: false }), { keep: false });
    expect(planned.challenge).toMatch(/^[\w-]{43}$/);
    expect(said).toEqual([
      "notice: certificate site: one of the project's own CA is used; npm run provision orders another one from https://127.0.0.1:1/dir",
    ]);
    expect([existsSync(folder), site.asked]).toEqual([false, asked]);
    const { chain } = await stash(folder, 61, NOWHERE);
    const before = contents(folder);
    expect((await run(folder, acme({ orders: false }), { keep: false })).site.chain).toBe(chain);
    expect(contents(folder)).toEqual(before);
  });

  test.each([
    ["acme.key", "x", "no private key that can be read; expected the P-256 key of an ACME account in PEM"],
    ["site.acme.key", "x", "no private key that can be read; expected a private key in PEM"],
    ["site.acme.pem", "", "an empty file; expected a certificate in PEM"],
  ])("a damaged %s is reported, and nothing is changed", async (file, content, found) => {
    const folder = folderOf();
    await stash(folder, 1, NOWHERE);
    await run(folder, acme());
    writeFileSync(join(folder, file), content);
    const before = contents(folder);
    const asking = run(folder, acme());
    await expect(asking).rejects.toThrow(`${folder}/${file}: found ${found}; put it back from a backup`);
    await expect(asking).rejects.toMatchObject({ name: "RefusedError" });
    expect(contents(folder)).toEqual(before);
  });
});

describe("an ACME server that .env names", () => {
  const inEnv = (content: string, requests = [SITE, WEB]) => {
    const file = join(scratch(), ".env");
    writeFileSync(file, content);
    return acmeIn(readEnv(file), requests);
  };

  test("is found by the certificate's name", async () => {
    const folder = await folderOfCa();
    const ca = join(folder, "ca.pem");
    expect(inEnv("SITE_ACME=https://ca.example\nOTHER=1\nSITE_ACME_EMAIL=\n")).toEqual({
      site: { directory: "https://ca.example/" },
    });
    expect(
      inEnv(`SITE_ACME=https://ca.example/dir\nSITE_ACME_EMAIL=me@example.org\nSITE_ACME_CA=${ca}\n`),
    ).toEqual({
      site: {
        directory: "https://ca.example/dir",
        email: "me@example.org",
        authorities: fileOf(folder, "ca.pem"),
      },
    });
    const lone = { ...WEB, addresses: [] };
    expect(inEnv("WEB_01_ACME=https://ca.example/dir", [SITE, lone])).toEqual({
      "web-01": { directory: "https://ca.example/dir" },
    });
    expect(inEnv("SITE_ACME=\nSITE_ACME_EMAIL=me@example.org\n")).toEqual({});
    expect(inEnv("SITE_ACME=https://ca.example\n", [WEB])).toEqual({});
    expect(acmeIn(readEnv("/nonexistent/.env"), [SITE])).toEqual({});
  });

  const url = "SITE_ACME=https://ca.example";
  test.each([
    [
      "SITE_ACME=http://ca.example",
      'SITE_ACME: found "http://ca.example"; expected the https URL of an ACME',
    ],
    ["SITE_ACME=letsencrypt", 'SITE_ACME: found "letsencrypt"; expected the https URL of an ACME'],
    [
      `${url}\nSITE_CERTIFICATE=/a.pem\nSITE_CERTIFICATE_KEY=/a.key`,
      "SITE_ACME: found SITE_CERTIFICATE beside it; expected only one of them; take the other out",
    ],
    [`${url}\nSITE_CERTIFICATE_KEY=/a.key`, "SITE_ACME: found SITE_CERTIFICATE beside it"],
    [`${url}\nSITE_ACME_EMAIL=me`, 'SITE_ACME_EMAIL: found "me"; expected an address such as'],
    [
      `${url}\nSITE_ACME_CA=/nonexistent.pem`,
      "SITE_ACME_CA: found no such file; expected CAs in PEM in /nonexistent.pem",
    ],
    [`${url}\nSITE_ACME_CA=~/`, `SITE_ACME_CA: found that it cannot be read (EISDIR`],
    [`${url}\nSITE_ACME_CA=/etc/hostname`, "SITE_ACME_CA: found no certificate that can be read"],
    [
      "WEB_01_ACME=https://ca.example",
      "WEB_01_ACME: found that the certificate web-01 is for 127.0.0.1 as well; expected ACME only for a certificate without IP addresses",
    ],
  ])("%j is refused", (content, found) => {
    expect(() => inEnv(content)).toThrow(
      expect.objectContaining({ name: "UsageError", message: expect.stringContaining(`.env › ${found}`) }),
    );
  });
});

describe.skipIf(!canSandbox)("a run for a site with an ACME server", () => {
  const answering = role("answering", {
    summary: "writes to a file what it would answer challenges with",
    vars: z.object({}),
    certificates: () => [SITE],
    resources: ({ certificate }) => [
      command("answering", {
        check: sh`[ "$(cat /run/challenge 2>/dev/null)" = ${certificate("site").challenge ?? "none"} ]`,
        run: sh`echo ${certificate("site").challenge ?? "none"} >/run/challenge`,
      }),
    ],
  });
  const plays = siteOf(play("all", [answering()]));

  test("goes on without the server's certificate, and says what to do", async () => {
    const { run: provision, boxes } = await machines({ "web-01": {} });
    const answered = () => fileOf(boxes["web-01"]?.run ?? "", "../challenge").trim();
    writeFileSync(".env", "SITE_ACME=https://127.0.0.1:1/dir\n");
    const planned = await provision({ site: plays, mode: "check" });
    expect([planned.code, textsOf(planned.events, "notice")]).toEqual([
      2,
      [expect.stringContaining("npm run provision orders another one from https://127.0.0.1:1/dir")],
    ]);
    expect([existsSync(".quintet/pki"), textsOf(planned.events, "warning")]).toEqual([false, []]);
    const { code, events } = await provision({ site: plays });
    expect([code, textsOf(events, "warning")]).toEqual([0, [expect.stringContaining(AGAIN)]]);
    expect(answered()).toBe(thumbprintOf(createPrivateKey(fileOf(".quintet/pki", "acme.key"))));
    expect((await provision({ site: plays })).recap).toEqual(["web-01 done ok 1 execs 1"]);
    writeFileSync(".env", "");
    const without = await provision({ site: plays });
    expect([textsOf(without.events, "warning"), answered()]).toEqual([[], "none"]);
  });

  test.skipIf(!hasPebble)(
    "orders a certificate, validated at the public address; a plan and --program do not",
    async (context) => {
      const site = await new Site().start(80, "127.0.0.10").catch(() => undefined);
      if (!site) return context.skip("port 80 is in use");
      const dns = await startDns("127.0.0.10");
      const pebble = await startPebble({ httpPort: 80, dns: dns.at });
      onTestFinished(async () => {
        await pebble.stop();
        dns.stop();
        site.stop();
      });
      const { run: provision, dir } = await machines({ "web-01": {} });
      writeFileSync("ca.pem", pebble.authorities);
      writeFileSync(".env", `SITE_ACME=${pebble.directory}\nSITE_ACME_CA=ca.pem\n`);
      await provision({ site: plays });
      site.thumbprint = thumbprintOf(createPrivateKey(fileOf(".quintet/pki", "acme.key")));
      const options = { inventory: readInventory(join(dir, "inventory.yaml")), site: plays };
      await prepareOnly({ ...options, mode: "apply" });
      await provision({ site: plays, mode: "check" });
      expect(pebble.log()).not.toContain("POST");
      const { code, events } = await provision({ site: plays });
      expect([code, textsOf(events, "notice"), textsOf(events, "warning")]).toEqual([
        0,
        [`certificate site: asking ${pebble.directory}`],
        [],
      ]);
      expect(fileOf(".quintet/pki", "site.acme.pem")).toContain(`# from ${pebble.directory}\n-----BEGIN`);
      const again = await provision({ site: plays });
      expect(textsOf(again.events, "notice")).toEqual([]);
    },
  );
});

// --- internal ---

function textsOf(events: readonly { type: string }[], type: "notice" | "warning"): unknown[] {
  return events.flatMap((event) => (event.type === type && "text" in event ? [event.text] : []));
}

/** What OpenSSL says about a chain, as a client that trusts only this authority. */
function verify({ chain, authority }: Certificate, host: string): string {
  const dir = scratch();
  writeFileSync(join(dir, "ca.pem"), authority);
  writeFileSync(join(dir, "chain.pem"), chain);
  const files = [
    "-CAfile",
    join(dir, "ca.pem"),
    "-untrusted",
    join(dir, "chain.pem"),
    join(dir, "chain.pem"),
  ];
  const options = ["-no-CApath", "-no-CAstore", "-purpose", "sslserver", "-verify_hostname", host];
  try {
    return execFileSync("openssl", ["verify", ...options, ...files], { stdio: "pipe" }).toString();
  } catch (error) {
    return String((error as { stderr: Buffer }).stderr);
  }
}

/** Reads certificates in another process. Returns whether it loaded the ACME library, and the code for ordering. */
function loaded(folder: string, acme: object): unknown {
  const certificates = new URL("../../engine/pki/certificates.ts", import.meta.url).href;
  const script = `
    import { createRequire } from "node:module";
    import { readCertificates } from ${JSON.stringify(certificates)};
    const options = { constraints: ${JSON.stringify(CONSTRAINTS)}, acme: ${JSON.stringify({ orders: true, ...acme })} };
    await readCertificates(${JSON.stringify(folder)}, [${JSON.stringify(SITE)}], options);
    const paths = Object.keys(createRequire(import.meta.url).cache);
    console.log(JSON.stringify({
      library: paths.some((path) => path.includes("acme-client")),
      // Only the code that asks the site needs https here.
      acme: process.moduleLoadList.includes("NativeModule https"),
    }));`;
  return JSON.parse(
    execFileSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]).toString(),
  );
}
