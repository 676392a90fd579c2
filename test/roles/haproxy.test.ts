import { describe, expect, test } from "vitest";
import type { Inventory } from "../../engine/model/inventory/index.ts";
import { haproxy } from "../../roles/haproxy/index.ts";
import { fakeProbe } from "../helpers/probe.ts";
import { five, fiveWith, say, six, withWeb04 } from "../helpers/role-context.ts";

const CFG = "/etc/haproxy/haproxy.cfg";
/** The servers that can do all their work. Those that live are the same ones, in `web` and where they are checked. */
const serversIn = (cfg: string) => {
  const all = [...cfg.matchAll(/^ +server (\S+) +(\S+)/gm)].map(([, name, at]) => `${name} ${at}`);
  const web = all.slice(0, all.length / 3);
  expect(all).toEqual([...web, ...web.map((server) => `living-${server}`), ...web]);
  return web;
};

describe("role haproxy", () => {
  test("has these resources, in this order", () => {
    const said = say(haproxy(), five, "web-01");
    expect(said.ids).toEqual([
      "file[/etc/systemd/system/haproxy.service.d/quintet.conf]",
      "apt[haproxy]",
      "file[/etc/haproxy/tls/site.pem]",
      "file[/etc/haproxy/tls/host.pem]",
      "file[/etc/haproxy/tls/authority.pem]",
      "sysctl[net.ipv4.ip_nonlocal_bind]",
      "fileSet[haproxy]",
      "file[/usr/local/lib/haproxy/keep-states]",
      "service[haproxy]",
      "asConfigured[haproxy]",
    ]);
    expect(said.notified("fileSet[haproxy]")).toEqual(["reload haproxy"]);
    expect(said.notified("file[/etc/systemd/system/haproxy.service.d/quintet.conf]")).toEqual([
      "restart haproxy",
    ]);
    expect(said.file("/etc/haproxy/unavailable.html")).toContain("<html");
  });

  test("answers an ACME server only if one issues the site's certificate", () => {
    const asked = /\/\.well-known\/acme-challenge/;
    expect(say(haproxy(), five, "web-01").file(CFG)).not.toMatch(asked);
    const cfg = say(haproxy(), five, "web-01", { certificate: { challenge: "thumb-print" } }).file(CFG);
    expect(cfg).toMatch(
      /frontend plain\n(?: +.*\n)+ +http-request return .*"%\[path,field\(-1,\/\)\]\.thumb-print" if \{ path_beg/,
    );
    expect(cfg.search(asked)).toBeLessThan(cfg.indexOf("http-request redirect"));
  });

  test("writes this configuration", () => {
    expect(say(haproxy(), five, "web-01").file(CFG)).toMatchInlineSnapshot(`
      "# Written by Quintet (role haproxy); changes made here are overwritten.

      global
          log /dev/log local0
          stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners
          # Each frontend has connections of its own, so that nobody can take those of another one.
          maxconn 2600
          # After a reload old connections may go on for so long. Then they are cut.
          hard-stop-after 60s
          server-state-file /run/haproxy/states
          # If headers do not fit, no rule sees them: HAProxy resets the HTTP/2 stream, without an answer. So more is read than
          # is allowed: twice HAProxy's default, which a busy connection then holds of the machine's memory.
          tune.bufsize 32768
          tune.http.maxhdr 1000
          ssl-default-bind-curves X25519MLKEM768:X25519:prime256v1:secp384r1
          ssl-default-bind-ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305
          ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256
          ssl-default-bind-options prefer-client-ciphers ssl-min-ver TLSv1.2 no-tls-tickets
          ssl-default-server-curves X25519MLKEM768:X25519:prime256v1:secp384r1
          ssl-default-server-ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256
          ssl-default-server-options ssl-min-ver TLSv1.3 no-tls-tickets
          tune.h2.fe.glitches-threshold 1000

      defaults
          mode http
          log global
          option httplog
          option dontlognull
          # Nginx writes a line for each request. Here only those are worth one that went wrong.
          option dontlog-normal
          load-server-state-from-file global
          # A visitor whose first packet was lost, as when the address has moved, has waited for a second by now.
          timeout connect 400ms
          timeout client 30s
          timeout server 5000ms
          timeout queue 5s
          timeout http-keep-alive 10s
          # If a client sends its request slowly, it holds a connection for no longer than this.
          timeout http-request 5s
          timeout client-fin 5s
          http-error status 502 content-type "text/html; charset=utf-8" file /etc/haproxy/unavailable.html hdr Retry-After 5 hdr Cache-Control no-store
          http-error status 503 content-type "text/html; charset=utf-8" file /etc/haproxy/unavailable.html hdr Retry-After 5 hdr Cache-Control no-store
          http-error status 504 content-type "text/html; charset=utf-8" file /etc/haproxy/unavailable.html hdr Retry-After 5 hdr Cache-Control no-store

      frontend plain
          maxconn 500
          bind 192.168.56.10:80
          timeout http-keep-alive 1s
          tcp-request connection track-sc0 src table addresses
          tcp-request connection reject if { sc_conn_cur(0) gt 500 } !{ src 192.168.56.1 }
          http-request track-sc1 src table open-requests
          http-request sc-inc-gpc0(0) if { sc_http_req_rate(0) gt 2000 } !{ src 192.168.56.1 }
          http-request set-log-level silent if { sc_http_req_rate(0) gt 2000 } !{ src 192.168.56.1 } { sc_gpc0_rate(0) gt 5 }
          http-request deny deny_status 429 hdr Retry-After 10 if { sc_http_req_rate(0) gt 2000 } !{ src 192.168.56.1 }
          http-request sc-inc-gpc0(0) if { sc_conn_cur(1) gt 400 } !{ src 192.168.56.1 }
          http-request set-log-level silent if { sc_conn_cur(1) gt 400 } !{ src 192.168.56.1 } { sc_gpc0_rate(0) gt 5 }
          http-request deny deny_status 429 hdr Retry-After 1 if { sc_conn_cur(1) gt 400 } !{ src 192.168.56.1 }
          http-request return status 421 content-type text/plain string "This server knows https://www.foobar.com only." unless { req.hdr(host),host_only -i www.foobar.com foobar.com }
          http-request redirect prefix https://www.foobar.com code 301

      frontend site
          maxconn 2000
          bind 192.168.56.10:443 ssl crt /etc/haproxy/tls/site.pem alpn h2,http/1.1
          # While HAProxy reloads, a client may just be sending a request on an idle connection. It gets an answer.
          option idle-close-on-response
          http-after-response set-header Strict-Transport-Security max-age=63072000
          tcp-request connection track-sc0 src table addresses
          tcp-request connection reject if { sc_conn_cur(0) gt 500 } !{ src 192.168.56.1 }
          http-request track-sc1 src table open-requests
          http-request sc-inc-gpc0(0) if { sc_http_req_rate(0) gt 2000 } !{ src 192.168.56.1 }
          http-request set-log-level silent if { sc_http_req_rate(0) gt 2000 } !{ src 192.168.56.1 } { sc_gpc0_rate(0) gt 5 }
          http-request deny deny_status 429 hdr Retry-After 10 if { sc_http_req_rate(0) gt 2000 } !{ src 192.168.56.1 }
          http-request sc-inc-gpc0(0) if { sc_conn_cur(1) gt 400 } !{ src 192.168.56.1 }
          http-request set-log-level silent if { sc_conn_cur(1) gt 400 } !{ src 192.168.56.1 } { sc_gpc0_rate(0) gt 5 }
          http-request deny deny_status 429 hdr Retry-After 1 if { sc_conn_cur(1) gt 400 } !{ src 192.168.56.1 }
          http-request track-sc2 src table changes unless METH_GET
          http-request sc-inc-gpc0(0) if { sc_conn_cur(2) gt 20 } !{ src 192.168.56.1 }
          http-request set-log-level silent if { sc_conn_cur(2) gt 20 } !{ src 192.168.56.1 } { sc_gpc0_rate(0) gt 5 }
          http-request deny deny_status 429 hdr Retry-After 1 if { sc_conn_cur(2) gt 20 } !{ src 192.168.56.1 }
          http-request sc-inc-gpc0(0) if { sc_http_req_rate(2) gt 120 } !{ src 192.168.56.1 }
          http-request set-log-level silent if { sc_http_req_rate(2) gt 120 } !{ src 192.168.56.1 } { sc_gpc0_rate(0) gt 5 }
          http-request deny deny_status 429 hdr Retry-After 60 if { sc_http_req_rate(2) gt 120 } !{ src 192.168.56.1 }
          # The application takes 16 KiB. What is more is answered here, by its own status.
          http-request return status 431 content-type text/plain string "The headers of this request are too large: expected at most 15 KiB in 100 headers." if { req.hdrs,length gt 15360 } or { req.fhdr_cnt gt 100 }
          http-request return status 421 content-type text/plain string "This server knows https://www.foobar.com only." unless { req.hdr(host),host_only -i www.foobar.com foobar.com }
          http-request redirect prefix https://www.foobar.com code 301 if { req.hdr(host),host_only -i foobar.com }
          # A body that comes slowly takes no web server's time: what fits into a buffer is waited for here.
          http-request wait-for-body time 10s unless METH_GET
          option http-restrict-req-hdr-names delete
          # What a client says about its own address is not trusted, nor is the number that it gives its request.
          http-request del-header X-Forwarded-For
          http-request del-header Forwarded
          http-request del-header X-Request-ID
          http-request del-header Proxy
          option forwardfor
          http-request set-header X-Forwarded-Proto https
          unique-id-format %[uuid()]
          unique-id-header X-Request-ID
          http-response set-header X-Request-ID %[unique-id]
          http-response del-header Server
          default_backend web

      # What each client address does: connections and requests, requests that are open, and requests that change something.
      backend addresses
          stick-table type ipv6 size 100k expire 60s store conn_cur,http_req_rate(10s),gpc0_rate(60s)
      backend open-requests
          stick-table type ipv6 size 100k expire 60s store conn_cur
      backend changes
          stick-table type ipv6 size 100k expire 60s store conn_cur,http_req_rate(60s)

      backend web
          balance static-rr
          # If a server does not take a request, another gets it. Once taken, it is repeated only if it changes nothing.
          retries 3
          option redispatch 1
          retry-on conn-failure empty-response response-timeout 502 503 504
          http-request disable-l7-retry unless METH_GET
          http-request set-timeout server 2500ms if METH_GET
          # A kept connection may end, as when Nginx reloads, just as a request is sent on it. So those are for requests that may
          # be repeated. Each other one gets a connection of its own, with a name of its own, and Nginx closes it.
          http-reuse always
          http-request set-var(txn.connection) unique-id unless METH_GET
          # Two checks that fail: with the usual variables, a server that hangs is out of rotation within three seconds.
          option httpchk
          timeout check 800ms
          http-check send meth GET uri /readyz hdr Host health.internal
          http-check expect status 200
          default-server maxconn 200 ssl verify required ca-file /etc/haproxy/tls/authority.pem inter 1000ms fastinter 250ms downinter 1000ms fall 2 rise 2
          # If a machine's kernel confirms nothing, it is gone: its kept connections end, and reads are repeated elsewhere. The
          # time of tcp-ut begins when something is sent again, some 0.2 s after the first time.
          # HAProxy 3.0 takes tcp-ut and pool-conn-name among the defaults, too, but loses them there.
          server web-01 192.168.56.11:8443 sni str(web-01.foobar.com) check-sni web-01.foobar.com check tcp-ut 200ms pool-conn-name var(txn.connection)
          server web-02 192.168.56.12:8443 sni str(web-02.foobar.com) check-sni web-02.foobar.com check tcp-ut 200ms pool-conn-name var(txn.connection)
          server web-03 192.168.56.13:8443 sni str(web-03.foobar.com) check-sni web-03.foobar.com check tcp-ut 200ms pool-conn-name var(txn.connection)
          # If all have lost their databases, whoever lives still shows what it can.
          option allbackups
          server living-web-01 192.168.56.11:8443 sni str(web-01.foobar.com) check-sni web-01.foobar.com backup track living/web-01 tcp-ut 200ms pool-conn-name var(txn.connection)
          server living-web-02 192.168.56.12:8443 sni str(web-02.foobar.com) check-sni web-02.foobar.com backup track living/web-02 tcp-ut 200ms pool-conn-name var(txn.connection)
          server living-web-03 192.168.56.13:8443 sni str(web-03.foobar.com) check-sni web-03.foobar.com backup track living/web-03 tcp-ut 200ms pool-conn-name var(txn.connection)

      # It gets no requests. Here is checked who lives.
      backend living
          balance static-rr
          option httpchk
          # If all are slow, they must not be taken for dead.
          timeout check 2000ms
          http-check send meth GET uri /healthz hdr Host health.internal
          http-check expect status 200
          default-server maxconn 200 ssl verify required ca-file /etc/haproxy/tls/authority.pem inter 1000ms downinter 1000ms fall 3 rise 1
          server web-01 192.168.56.11:8443 sni str(web-01.foobar.com) check-sni web-01.foobar.com check
          server web-02 192.168.56.12:8443 sni str(web-02.foobar.com) check-sni web-02.foobar.com check
          server web-03 192.168.56.13:8443 sni str(web-03.foobar.com) check-sni web-03.foobar.com check

      # For the private network: /stats for people, /metrics for Prometheus, /health for keepalived.
      frontend private
          maxconn 100
          bind 192.168.56.11:8404 ssl crt /etc/haproxy/tls/host.pem
          bind 127.0.0.1:8404
          monitor-uri /health
          http-request use-service prometheus-exporter if { path /metrics }
          stats enable
          stats uri /stats
          stats refresh 5s
          stats show-legends
          stats hide-version
      "
    `);
  });

  test("limits what each address does, on both ports, except exempt addresses", () => {
    const limits = (inventory: Inventory) => {
      const [, plain = "", site = ""] = say(haproxy(), inventory, "web-01")
        .file(CFG)
        .split(/^frontend /m);
      return [plain, site].map((part) =>
        part.match(/.*(connection reject|deny_status 429).*/g)?.map((line) => line.replace(/.*if /, "")),
      );
    };
    const both = [
      "{ sc_conn_cur(0) gt 500 }",
      "{ sc_http_req_rate(0) gt 2000 }",
      "{ sc_conn_cur(1) gt 400 }",
    ];
    const changes = ["{ sc_conn_cur(2) gt 20 }", "{ sc_http_req_rate(2) gt 120 }"];
    const exempt = (lines: string[]) => lines.map((line) => `${line} !{ src 192.168.56.1 }`);
    expect(limits(five)).toEqual([exempt(both), exempt([...both, ...changes])]);
    const strict = fiveWith((yaml) => yaml.replace("exempt: [192.168.56.1]", "requestsPer10Seconds: 20"));
    expect(limits(strict)[1]?.[1]).toBe("{ sc_http_req_rate(0) gt 20 }");
  });

  test("gives each frontend connections of its own", () => {
    const cfg = say(haproxy(), five, "web-01").file(CFG);
    const [all = 0, ...each] = [...cfg.matchAll(/^ +maxconn (\d+)/gm)].map(([, number]) => Number(number));
    expect(each).toEqual([500, 2000, 100]);
    expect(all).toBe(each.reduce((sum, number) => sum + number));
  });

  test("reads more headers than it allows, so that it can say that they are too many", () => {
    const cfg = say(haproxy(), five, "web-01").file(CFG);
    const number = (pattern: RegExp) => Number(pattern.exec(cfg)?.[1]);
    const rule = /^ +http-request return status 431 .*$/m.exec(cfg)?.[0] ?? "";
    expect(rule).toContain("if { req.hdrs,length gt 15360 } or { req.fhdr_cnt gt 100 }");
    expect(number(/tune\.bufsize (\d+)/)).toBeGreaterThan(2 * 15360);
    expect(number(/tune\.http\.maxhdr (\d+)/)).toBeGreaterThan(100);
    expect(cfg.indexOf(rule)).toBeGreaterThan(cfg.indexOf("deny_status 429"));
    expect(cfg.indexOf(rule)).toBeLessThan(cfg.indexOf("del-header X-Forwarded-For"));
  });

  test("binds to no wildcard address", () => {
    const binds = say(haproxy(), six, "lb-01")
      .file(CFG)
      .match(/bind \S+/g);
    expect(binds).toEqual([
      "bind 192.168.56.10:80",
      "bind 192.168.56.10:443",
      "bind 192.168.56.16:8404",
      "bind 127.0.0.1:8404",
    ]);
  });

  test("balances to a fourth web server too", () => {
    expect(serversIn(say(haproxy(), fiveWith(withWeb04), "web-01").file(CFG))).toEqual([
      "web-01 192.168.56.11:8443",
      "web-02 192.168.56.12:8443",
      "web-03 192.168.56.13:8443",
      "web-04 192.168.56.24:8443",
    ]);
  });

  test("has the same servers on a separate balancer", () => {
    expect(serversIn(say(haproxy(), six, "lb-01").file(CFG))).toEqual(
      serversIn(say(haproxy(), five, "web-01").file(CFG)),
    );
  });

  test("uses a web server's port from the inventory", () => {
    const inventory = fiveWith((yaml) =>
      yaml.replace(
        "web-02: { address: 192.168.56.12",
        "web-02: { vars: { nginx: { port: 9000 } }, address: 192.168.56.12",
      ),
    );
    expect(serversIn(say(haproxy(), inventory, "web-01").file(CFG))[1]).toBe("web-02 192.168.56.12:9000");
  });

  test("is as patient as its variables say", () => {
    const cfg = (vars: string) =>
      say(
        haproxy(),
        fiveWith((yaml) => `${yaml}\nvars: ${vars}\n`),
        "web-01",
      ).file(CFG);
    const slow = cfg("{ haproxy: { checkSeconds: 10 } }");
    expect(slow).toContain("timeout check 8000ms\n");
    expect(slow).toContain("inter 10000ms fastinter 2500ms downinter 10000ms fall 2");
    const patient = cfg("{ base: { patience: 3 } }");
    expect(patient).toContain("timeout connect 1200ms\n");
    expect(patient).toContain("timeout check 2400ms\n");
    expect(patient).toContain("set-timeout server 7500ms if METH_GET\n");
    expect(patient).toContain("inter 3000ms fastinter 750ms downinter 3000ms fall 2");
  });

  test("opens the site for everyone, and the statistics for the control machine", () => {
    expect(say(haproxy(), five, "web-01").opens).toMatchObject([
      { port: 443, protocol: "tcp", from: ["everyone"], at: "public" },
      { port: 80, protocol: "tcp", from: ["everyone"], at: "public" },
      { port: 8404, protocol: "tcp", from: ["control"], at: "own" },
    ]);
  });
});

describe("smoke tests of the balancers", () => {
  /** A site whose requests are served by these servers, one after the other, and then always by the last one. */
  function servedBy(inventory: Inventory, ...servers: string[]) {
    return fakeProbe(inventory, {
      http: () => ({ headers: { "x-served-by": (servers.length > 1 ? servers.shift() : servers[0]) ?? "" } }),
    });
  }
  const turns = (inventory: Inventory) =>
    say(haproxy(), inventory, inventory.groups["balancer"]?.[0]?.name ?? "").smokeTests.find(({ name }) =>
      name.includes("requests through the balancer"),
    );

  test("pass if four requests are served by web servers 1, 2, 3, 1", async () => {
    expect(turns(five)?.name).toBe("4 requests through the balancer are served by web servers 1, 2, 3, 1");
    await expect(
      turns(five)?.run(servedBy(five, "web-01", "web-02", "web-03", "web-01")),
    ).resolves.toBeTruthy();
  });

  test("pass if the turns start at another server", async () => {
    await expect(
      turns(five)?.run(servedBy(five, "web-03", "web-01", "web-02", "web-03")),
    ).resolves.toBeTruthy();
  });

  test("pass even if a visitor's request comes between two requests", async () => {
    const probe = servedBy(
      five,
      "web-01",
      "web-03",
      "web-01",
      "web-02",
      "web-03",
      "web-01",
      "web-02",
      "web-03",
    );
    await expect(turns(five)?.run(probe)).resolves.toBe("web-03, web-01, web-02, web-03");
  });

  test.each([
    ["one server serves all requests", ["web-01"]],
    [
      "the servers come in the wrong order",
      [
        "web-01",
        "web-03",
        "web-02",
        "web-01",
        "web-03",
        "web-02",
        "web-01",
        "web-03",
        "web-02",
        "web-01",
        "web-03",
        "web-02",
      ],
    ],
    ["an unknown server answers", ["web-01", "web-02", "web-09"]],
  ])("fail if %s", async (_what, servers) => {
    await expect(turns(five)?.run(servedBy(five, ...servers))).rejects.toThrow("expected turns in the order");
  });

  test("send five requests if there are four web servers", () => {
    expect(turns(fiveWith(withWeb04))?.name).toContain(
      "5 requests through the balancer are served by web servers 1, 2, 3, 4, 1",
    );
  });

  const stats = (states: Readonly<Record<string, string>>) =>
    [
      "# pxname,svname,qcur,status,weight",
      "private,FRONTEND,0,OPEN,",
      ...Object.entries(states).map(([name, state]) => `web,${name},0,${state},1`),
      "web,BACKEND,0,UP,3",
      "",
    ].join("\n");
  const allUp = { "web-01": "UP", "web-02": "UP", "web-03": "UP" };
  const [leads, sees, , without] = say(haproxy(), five, "web-01").smokeTests;

  test("need a redirect from HTTP to HTTPS, and HSTS", async () => {
    const answers = (location: string, remembered: string) =>
      fakeProbe(five, {
        http: (_address, { plain }) =>
          plain
            ? { status: 301, headers: { location } }
            : { headers: { "strict-transport-security": remembered } },
      });
    const right = "https://www.foobar.com/about?x=1";
    await expect(leads?.run(answers(right, "max-age=63072000"))).resolves.toContain(right);
    await expect(leads?.run(answers("https://evil.example/", "max-age=63072000"))).rejects.toThrow("evil");
    await expect(leads?.run(answers(right, "max-age=0"))).rejects.toThrow("max-age=0");
  });

  test("fail if a balancer sees a web server down", async () => {
    await expect(sees?.run(fakeProbe(five, { http: () => ({ body: stats(allUp) }) }))).resolves.toContain(
      "3 balancers",
    );
    const probe = fakeProbe(five, {
      http: (address) => ({ body: stats(address.endsWith(".12") ? { ...allUp, "web-03": "DOWN" } : allUp) }),
    });
    await expect(sees?.run(probe)).rejects.toThrow("web-02 sees web-03 DOWN, expected UP");
  });

  /** A site where Nginx of one host can be stopped. Until it starts again, requests are answered in the given way. */
  function breakable(meanwhile: { status?: number; by?: string }) {
    const ran: string[] = [];
    let stopped = false;
    const probe = fakeProbe(five, {
      run: (host, script) => {
        stopped = /systemctl stop nginx$/m.test(script);
        ran.push(`${host.name} ${stopped ? "stop" : "start"}`);
        return "";
      },
      http: (_address, { path }) => {
        if (path.startsWith("/stats"))
          return { body: stats({ ...allUp, "web-03": stopped ? "DOWN" : "UP" }) };
        return { status: meanwhile.status ?? 200, headers: { "x-served-by": meanwhile.by ?? "web-01" } };
      },
    });
    return { probe, ran };
  }

  test("stop the last web server, let the others serve, and start it again", async () => {
    const { probe, ran } = breakable({});
    await expect(without?.run(probe)).resolves.toContain("without web-03");
    expect(without?.disturbs).toBe(true);
    expect(ran).toEqual(["web-03 stop", "web-03 start"]);
  });

  test.each([
    ["a failed request", { status: 503 }, "was answered 503"],
    ["an answer from the stopped server", { by: "web-03" }, "and yet it served"],
  ])("fail after %s, and start the server again", async (_what, meanwhile, message) => {
    const { probe, ran } = breakable(meanwhile);
    await expect(without?.run(probe)).rejects.toThrow(message);
    expect(ran).toEqual(["web-03 stop", "web-03 start"]);
  });
});
