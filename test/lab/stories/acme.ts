import { X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readInventory } from "../../../engine/model/inventory/index.ts";
import { PKI } from "../../../engine/pki/certificates.ts";
import { isAcme } from "../../../engine/pki/store.ts";
import { httpRequest } from "../../../engine/util/http.ts";
import { hasPebble, type Pebble, startPebble } from "../../helpers/pebble.ts";
import { eventually, hosts, INVENTORY, provision, type Ran, smoke } from "../machines.ts";

/** The site gets its certificate from a real ACME server, which finds the site through the lab's own name servers. */
export function acme(): void {
  describe.skipIf(!hasPebble)("with an ACME server (needs Debian's package pebble)", () => {
    const { publicAddress, domain } = readInventory(INVENTORY);
    const host = `www.${domain}`;
    const balancers = hosts.filter(({ groups }) => groups.includes("balancer")).map(({ name }) => name);
    const changed = (resource: string) => balancers.map((name) => `${name} haproxy ${resource}`);
    const CONFIGURATION = changed("fileSet[haproxy]");
    const CERTIFICATE = changed("file[/etc/haproxy/tls/site.pem]");
    let pebble: Pebble;
    let authorities = "";
    let env = "";

    beforeAll(async () => {
      env = readFileSync(".env", "utf8");
      pebble = await startPebble({ httpPort: 80, dns: `${publicAddress}:53` });
      authorities = `${readFileSync(join(PKI, "ca.pem"), "utf8")}\n${pebble.authorities}`;
      const ca = join(mkdtempSync(join(tmpdir(), "quintet-")), "ca.pem");
      writeFileSync(ca, pebble.authorities);
      // A run reads only ./.env, so the test has to change that file.
      writeFileSync(".env", `${env}\nSITE_ACME=${pebble.directory}\nSITE_ACME_CA=${ca}\n`);
    });

    afterAll(async () => {
      writeFileSync(".env", env);
      await pebble?.stop();
      for (const file of readdirSync(PKI).filter(isAcme)) rmSync(join(PKI, file));
      await provision("--limit", "web");
    });

    test("the second run installs its certificate, the third has nothing to do, and no request fails", async () => {
      const asking = visitor();
      const first = await provision("--limit", "web");
      expect([first.exitCode, first.changed]).toEqual([0, CONFIGURATION]);
      expect(warnings(first)).toEqual([
        expect.stringContaining("run npm run provision again: the balancers answer for it now"),
      ]);
      expect(await issuer()).toBe(`CN=Quintet CA of ${domain}`);

      const second = await provision("--limit", "web");
      expect([warnings(second), second.exitCode, second.changed]).toEqual([[], 0, CERTIFICATE]);
      await eventually(10, async () => expect(await issuer()).toMatch(/^CN=Pebble Intermediate/));
      const serial = await served().then(({ serialNumber }) => serialNumber);

      const third = await provision("--limit", "web");
      expect([warnings(third), third.exitCode, third.changed]).toEqual([[], 0, []]);
      expect((await served()).serialNumber).toBe(serial);
      const { asked, failures } = await asking.stop();
      expect(asked).toBeGreaterThan(20);
      expect(failures).toEqual([]);
      await smoke("--gentle");
    });

    test("while the server is away nothing changes, and no warning is given", async () => {
      await pebble.stop();
      const ran = await provision("--limit", "web");
      expect([warnings(ran), ran.exitCode, ran.changed]).toEqual([[], 0, []]);
    });

    test("after it is removed from .env, the project CA's certificate is back, and challenges are not answered", async () => {
      writeFileSync(".env", env);
      const asking = visitor();
      const ran = await provision("--limit", "web");
      expect([ran.exitCode, ran.changed]).toEqual([0, [...CERTIFICATE, ...CONFIGURATION].sort()]);
      await eventually(10, async () => expect(await issuer()).toBe(`CN=Quintet CA of ${domain}`));
      const path = "/.well-known/acme-challenge/token";
      expect((await httpRequest(publicAddress, { host, path, plain: true })).status).toBe(301);
      expect((await asking.stop()).failures).toEqual([]);
      expect((await provision("--limit", "web")).changed).toEqual([]);
    });

    /** Sends requests until stopped. Trusts the project's CA and Pebble. `stop` returns the ones that were not 200. */
    function visitor() {
      let going = true;
      let asked = 0;
      const failures: string[] = [];
      const loop = (async () => {
        while (going) {
          asked++;
          await httpRequest(publicAddress, { host, path: "/healthz" }, authorities).then(
            ({ status }) => status === 200 || failures.push(String(status)),
            (error: Error) => failures.push(error.message),
          );
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      })();
      const stop = async () => {
        going = false;
        await loop;
        return { asked, failures };
      };
      return { stop };
    }

    /** The certificate that a visitor gets. It must be for the site and from a trusted CA. */
    function served(): Promise<X509Certificate> {
      return new Promise((resolve, reject) => {
        const socket = connect({ host: publicAddress, port: 443, servername: host, ca: authorities }, () => {
          const raw = socket.getPeerX509Certificate()?.raw ?? Buffer.alloc(0);
          socket.end();
          resolve(new X509Certificate(raw));
        });
        socket.on("error", reject);
      });
    }

    async function issuer(): Promise<string> {
      return (await served()).issuer;
    }
  });
}

// --- internal ---

function warnings({ events }: Ran): string[] {
  return events.flatMap((event) => (event.type === "warning" ? [event.text] : []));
}
