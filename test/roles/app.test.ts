import { chmodSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { app } from "../../roles/app/index.ts";
import { pack } from "../../roles/shared/archive/pack.ts";
import { fakeProbe } from "../helpers/probe.ts";
import { five, fiveWith, say } from "../helpers/role-context.ts";

const SERVICE = "/etc/systemd/system/foobar.service";
const SOCKET = "/etc/systemd/system/foobar.socket";

describe("role app", () => {
  test("has settings before the release that is tried with them, and units before services", () => {
    expect(say(app(), five, "web-01").ids).toEqual([
      "apt[nodejs]",
      "apt[curl]",
      "user[foobar]",
      "file[/etc/foobar/database-password]",
      "file[/etc/foobar/authority.pem]",
      "file[/etc/foobar/app.env]",
      `file[${SOCKET}]`,
      `file[${SERVICE}]`,
      "release[/srv/foobar]",
      "service[foobar.socket]",
      "service[foobar.service]",
    ]);
  });

  test("restarts the application after a change of anything that it reads at its start", () => {
    const said = say(app(), five, "web-01");
    for (const id of [
      "file[/etc/foobar/database-password]",
      "file[/etc/foobar/authority.pem]",
      "file[/etc/foobar/app.env]",
      `file[${SERVICE}]`,
      "release[/srv/foobar]",
    ])
      expect(said.notified(id)).toEqual(["restart foobar.service"]);
    expect(said.notified(`file[${SOCKET}]`)).toEqual(["restart foobar.socket"]);
  });

  test("writes an environment file with this server and all databases, and without secrets", () => {
    expect(say(app(), five, "web-02").file("/etc/foobar/app.env")).toMatchInlineSnapshot(`
      "# Written by Quintet (role app); changes made here are overwritten.
      NODE_ENV=production
      SERVER_NAME=web-02
      DOMAIN=www.foobar.com
      DATABASES=db-01=db-01.foobar.com:3306,db-02=db-02.foobar.com:3306
      DATABASE_CA=/etc/foobar/authority.pem
      DATABASE_NAME=guestbook
      DATABASE_USER=guestbook
      PATIENCE=1
      "
    `);
  });

  test("masks the password in reports", () => {
    expect(say(app(), five, "web-01").file("/etc/foobar/database-password")).toBe(
      "[secret DATABASE_PASSWORD]\n",
    );
  });

  test("writes the units", () => {
    const said = say(app(), five, "web-01");
    expect(said.file(SOCKET)).toMatchInlineSnapshot(`
      "# Written by Quintet (role app); changes made here are overwritten.
      [Unit]
      Description=Socket of the web application

      [Socket]
      ListenStream=127.0.0.1:3000
      # If the application cannot start, the socket must stay up: the next release needs it.
      TriggerLimitIntervalSec=0

      [Install]
      WantedBy=sockets.target
      "
    `);
    expect(said.file(SERVICE)).toMatchInlineSnapshot(`
      "# Written by Quintet (role app); changes made here are overwritten.
      [Unit]
      Description=Web application
      Requires=foobar.socket
      After=foobar.socket network-online.target
      Wants=network-online.target
      StartLimitIntervalSec=0

      [Service]
      Type=exec
      User=foobar
      WorkingDirectory=/srv/foobar/current
      EnvironmentFile=/etc/foobar/app.env
      LoadCredential=database-password:/etc/foobar/database-password
      # The directory's real name is the release, even if somebody has switched the link by hand.
      ExecStart=/bin/sh -c 'cd -P . && RELEASE="$\${PWD##*/}" exec /usr/bin/node server.mjs'
      Restart=always
      RestartSec=500ms
      TimeoutStopSec=15s
      MemoryMax=256M
      OOMScoreAdjust=500
      TasksMax=256
      LogRateLimitIntervalSec=10min
      LogRateLimitBurst=20

      NoNewPrivileges=yes
      CapabilityBoundingSet=
      PrivateTmp=yes
      PrivateDevices=yes
      PrivateIPC=yes
      PrivateUsers=yes
      ProtectSystem=strict
      ProtectHome=yes
      ProtectHostname=yes
      ProtectClock=yes
      ProtectKernelTunables=yes
      ProtectKernelModules=yes
      ProtectKernelLogs=yes
      ProtectControlGroups=yes
      ProtectProc=invisible
      ProcSubset=pid
      RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
      RestrictNamespaces=yes
      RestrictRealtime=yes
      RestrictSUIDSGID=yes
      LockPersonality=yes
      RemoveIPC=yes
      UMask=0077
      LimitCORE=0
      KeyringMode=private
      SystemCallArchitectures=native
      SystemCallFilter=@system-service
      SystemCallFilter=~@privileged @resources
      SystemCallErrorNumber=EPERM

      [Install]
      WantedBy=multi-user.target
      "
    `);
  });

  test("uses the inventory's variables", () => {
    const inventory = fiveWith((yaml) => `${yaml}\nvars: { app: { port: 3100, memory: 1G } }\n`);
    const said = say(app(), inventory, "web-01");
    expect(said.file(SOCKET)).toContain("ListenStream=127.0.0.1:3100\n");
    expect(said.file(SERVICE)).toContain("MemoryMax=1G\n");
  });
});

describe("the archive of a release", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "quintet-"));
    for (const name of ["b", "a"]) writeFileSync(join(folder, name), `content of ${name}`);
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const packed = () => pack(folder, [join(folder, "a"), join(folder, "b")]);

  test("depends on names and contents of files, not on times and modes", async () => {
    const before = await packed();
    utimesSync(join(folder, "a"), 1, 1);
    chmodSync(join(folder, "a"), 0o700);
    expect((await packed()).equals(before)).toBe(true);
    writeFileSync(join(folder, "a"), "content of A");
    expect((await packed()).equals(before)).toBe(false);
  });

  test("names no operating system in its header", async () => {
    expect((await packed())[9]).toBe(255);
  });
});

describe("smoke tests of the app", () => {
  const [reaches, writes] = say(app(), five, "web-01").smokeTests;
  const databases = (lost?: string) =>
    JSON.stringify({
      databases: ["db-01", "db-02"].map((name) => ({ name, reachable: name !== lost, role: "primary" })),
    });

  test("ask each web server, which must reach all databases", async () => {
    const asked: string[] = [];
    const probe = fakeProbe(five, {
      http: (address, { port }) => {
        asked.push(`${address}:${port}`);
        return { body: databases() };
      },
    });
    await expect(reaches?.run(probe)).resolves.toContain("3 web servers");
    expect(asked).toEqual(["192.168.56.11:8443", "192.168.56.12:8443", "192.168.56.13:8443"]);
  });

  test("name a database that a web server does not reach", async () => {
    const probe = fakeProbe(five, {
      http: (address) => ({ body: databases(address.endsWith(".12") ? "db-02" : undefined) }),
    });
    await expect(reaches?.run(probe)).rejects.toThrow("web-02 answers 200 and does not reach db-02");
  });

  /** A site whose reads are answered by these databases, one after the other. */
  function site(...readers: string[]) {
    return fakeProbe(five, {
      http: (_address, { method, path, headers }) => {
        const written = { "x-database": "db-01", "x-write-gtid": "u:1" };
        if (method === "POST") return { status: 201, headers: written, body: '{"id":7}' };
        const right = path === "/api/entries/7" && headers?.["x-after-gtid"] === "u:1";
        return { status: right ? 200 : 400, headers: { "x-database": readers.shift() ?? "db-01" } };
      },
    });
  }

  test("read a written entry from another database, after some tries if need be", async () => {
    await expect(writes?.run(site("db-01", "db-02"))).resolves.toBe("written on db-01, read from db-02");
  });

  test("fail if only the primary has the written entry", async () => {
    await expect(writes?.run(site())).rejects.toThrow("read from db-01, where it was written");
  });

  test("fail if the write is refused", async () => {
    const probe = fakeProbe(five, { http: () => ({ status: 503, body: "no primary" }) });
    await expect(writes?.run(probe)).rejects.toThrow("POST /api/entries answers 503: no primary");
  });
});
