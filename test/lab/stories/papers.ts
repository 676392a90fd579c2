import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PKI } from "../../../engine/pki/certificates.ts";
import { eventually, inside, provision, smoke, visit, visitor } from "../machines.ts";

/** Certificates that must be renewed, and visitors who send too many requests or headers. */
export function papers(): void {
  describe("certificates", () => {
    const since = (host: string, ...units: string[]) =>
      inside(host, `systemctl show --property=ActiveEnterTimestampMonotonic ${units.join(" ")}`);
    const shown = (host: string, port: number, protocol = "") =>
      inside(
        host,
        `address=$(getent hosts $(hostname -f) | cut -d' ' -f1)
        openssl s_client -connect $address:${port} ${protocol} </dev/null 2>/dev/null | openssl x509 -noout -serial`,
      );

    test("of a web server are renewed without a restart, and no request fails", async () => {
      const [before, started] = [await shown("web-02", 8443), await since("web-02", "nginx", "haproxy")];
      rmSync(join(PKI, "web-02.pem"));
      const asking = visitor();
      const ran = await provision("--limit", "web-02");
      await eventually(5, async () => expect(await shown("web-02", 8443)).not.toBe(before));
      expect((await asking.stop()).failures).toEqual([]);
      expect(ran.changed).toEqual([
        "web-02 haproxy file[/etc/haproxy/tls/host.pem]",
        "web-02 nginx file[/etc/nginx/tls/server.pem]",
      ]);
      expect(await since("web-02", "nginx", "haproxy")).toBe(started);
      expect((await provision()).changed).toEqual([]);
    });

    test("of the databases are renewed without a restart, and replication goes on", async () => {
      const mysql = (host: string) => shown(host, 3306, "-starttls mysql");
      const [before, started] = [await mysql("db-01"), await since("db-01", "mysql")];
      for (const name of ["db-01", "db-02"]) rmSync(join(PKI, `${name}.pem`));
      const ran = await provision("--limit", "db-01,db-02");
      expect(ran.changed).toEqual([
        "db-01 failover file[/etc/quintet/failover-server.pem]",
        "db-01 mysql file[/etc/mysql/tls/server.pem]",
        "db-02 failover file[/etc/quintet/failover-server.pem]",
        "db-02 mysql file[/etc/mysql/tls/server.pem]",
      ]);
      await eventually(5, async () => expect(await mysql("db-01")).not.toBe(before));
      expect(await since("db-01", "mysql")).toBe(started);
      await smoke("--gentle");
    });

    test("from another CA are refused by the balancers", async () => {
      await inside(
        "web-03",
        `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=web-03.foobar.com \
          -addext subjectAltName=DNS:web-03.foobar.com -keyout /run/key.pem -out /run/own.pem 2>/dev/null
        cp /etc/nginx/tls/server.pem /run/right.pem
        cat /run/own.pem /run/key.pem >/etc/nginx/tls/server.pem
        systemctl reload nginx`,
      );
      await eventually(15, async () => {
        const served = new Set<string | null>();
        for (let at = 0; at < 6; at++) served.add((await visit("/healthz")).servedBy);
        expect(served).toEqual(new Set(["web-01", "web-02"]));
      });
      expect((await provision("--limit", "web-03")).changed).toEqual([
        "web-03 nginx file[/etc/nginx/tls/server.pem]",
      ]);
      await eventually(60, () => smoke("--gentle"));
    });
  });

  test("a visitor who sends more than 2,000 requests in ten seconds gets 429, and other visitors do not", async () => {
    const many = await inside(
      "db-02",
      `curl -sk --parallel --parallel-max 20 --resolve www.foobar.com:443:192.168.56.10 -o /dev/null -w '%{http_code} %header{retry-after}\\n' \
        'https://www.foobar.com/healthz?[1-2600]' | sort | uniq -c | awk '{ print $2 ($3 ? " " $3 : "") }'`,
    );
    expect(many.split("\n").sort()).toEqual(["200", "429 10"]);
    expect((await visit("/healthz")).status).toBe(200);
  });

  test.each([
    ["a header of 20 kB", "-H \"X-Big: $(head -c 20000 /dev/zero | tr '\\0' a)\""],
    ["a header of 30 kB", "-H \"X-Big: $(head -c 30000 /dev/zero | tr '\\0' a)\""],
    ["two hundred headers", "$(for i in $(seq 200); do printf ' -H X-%s:a' $i; done)"],
  ])("a visitor who sends %s gets 431, over HTTP/1.1 and HTTP/2", async (_, headers) => {
    const answers = await inside(
      "db-01",
      `for version in --http1.1 --http2; do
        curl -sk $version --resolve www.foobar.com:443:192.168.56.10 -o /dev/null -w '%{http_version} %{http_code}\n' \
          ${headers} https://www.foobar.com/
      done`,
    );
    expect(answers).toBe("1.1 431\n2 431");
  });
}
