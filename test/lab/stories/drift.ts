import { beforeAll, describe, expect, test } from "vitest";
import { unit } from "../../../engine/observers/systemd.ts";
import { MISREAD, MISREAD_BY_MYSQL, type Misread, override, strayed, tell } from "../../helpers/by-hand.ts";
import { eventually, inside, provision, type Ran, smoke } from "../machines.ts";

const byHand = (host: string) => [`${host} haproxy asConfigured[haproxy]`];

/** Restarts a database, and waits until it is again what it was. */
const RESTART = "/usr/bin/node /srv/failover/current/failover.mjs restart /etc/quintet/failover.json";

/** What happened, on which host, the shell for it, and what the plan must name. */
type Drift = readonly [string, string, string, readonly string[]];

/** Ways in which machines drift. The run then changes exactly what the plan has named. */
const DRIFTS: readonly Drift[] = [
  [
    "a file was edited",
    "web-01",
    "echo '# by hand' >>/etc/nginx/nginx.conf",
    ["web-01 nginx file[/etc/nginx/nginx.conf]"],
  ],
  [
    "a mode was loosened",
    "web-02",
    "chmod 0644 /etc/foobar/database-password",
    ["web-02 app file[/etc/foobar/database-password]"],
  ],
  ["a service was stopped", "web-03", "systemctl stop haproxy", ["web-03 haproxy service[haproxy]"]],
  [
    "the application was stopped, but its socket starts it again at the next request",
    "web-03",
    "systemctl stop foobar.service",
    [],
  ],
  [
    "a service does not start at boot",
    "web-01",
    "systemctl disable --quiet nginx",
    ["web-01 nginx service[nginx]"],
  ],
  ["a service was masked", "web-01", "systemctl mask --quiet --now nginx", ["web-01 nginx service[nginx]"]],
  [
    "a unit was overridden (systemctl edit) and restarted",
    "web-01",
    override("nginx", "[Service]\\nLimitNOFILE=50", "systemctl restart nginx"),
    ["web-01 nginx service[nginx]"],
  ],
  [
    "a unit was overridden, and not restarted",
    "web-02",
    override("haproxy", "[Service]\\nLimitNOFILE=5000"),
    ["web-02 haproxy service[haproxy]"],
  ],
  [
    "units were overridden by systemctl set-property and edit --full",
    "web-03",
    "systemctl set-property nsd.service MemoryMax=300M && cp /usr/lib/systemd/system/nginx.service /etc/systemd/system/ && systemctl daemon-reload",
    ["web-03 dns service[nsd]", "web-03 nginx service[nginx]"],
  ],
  [
    "sshd was restarted with other settings, and the file was put back",
    "web-03",
    strayed("/etc/ssh/sshd_config.d/10-quintet.conf", "echo 'X11Forwarding yes' >", "systemctl restart ssh"),
    ["web-03 hardening sshd[/etc/ssh/sshd_config.d/10-quintet.conf]"],
  ],
  [
    "a timer was masked until the next boot",
    "web-02",
    "systemctl mask --quiet --runtime --now apt-daily.timer",
    ["web-02 hardening service[apt-daily.timer]"],
  ],
  [
    "a server was put into maintenance over HAProxy's socket",
    "web-01",
    tell("disable server web/web-01"),
    byHand("web-01"),
  ],
  ["a server was drained", "web-02", tell("set server web/web-02 state drain"), byHand("web-02")],
  [
    "a server got no more requests, by its weight",
    "web-03",
    tell("set server web/web-03 weight 0"),
    byHand("web-03"),
  ],
  ["a server is no longer checked", "web-01", tell("disable health web/web-01"), byHand("web-01")],
  ["a frontend was closed", "web-02", tell("disable frontend plain"), byHand("web-02")],
  [
    "a server got another address",
    "web-03",
    tell("set server web/web-02 addr 192.168.56.13 port 8443"),
    byHand("web-03"),
  ],
  ["HAProxy may have fewer connections", "web-01", tell("set maxconn global 50"), byHand("web-01")],
  ["a frontend was closed for good", "web-02", tell("shutdown frontend plain"), byHand("web-02")],
  [
    "a unit's file was removed and put back without a reload of systemd",
    "web-03",
    "cd /etc/systemd/system && mv foobar.socket /root/kept && systemctl daemon-reload && mv /root/kept foobar.socket",
    ["web-03 app file[/etc/systemd/system/foobar.socket]"],
  ],
  [
    // With Debian's unit HAProxy runs as root. The user haproxy may not reload a process of root, so the restart must
    // come first.
    "a daemon runs with its package's own unit, and its configuration was edited",
    "web-02",
    "rm /etc/systemd/system/haproxy.service.d/quintet.conf && systemctl daemon-reload && systemctl restart haproxy && echo '# by hand' >>/etc/haproxy/haproxy.cfg",
    [
      "web-02 haproxy fileSet[haproxy]",
      "web-02 haproxy file[/etc/systemd/system/haproxy.service.d/quintet.conf]",
    ],
  ],
  [
    "the release link points elsewhere",
    "web-02",
    "ln -sfn releases/none /srv/foobar/current",
    ["web-02 app release[/srv/foobar]"],
  ],
  [
    "a privilege was granted",
    "db-01",
    "mysql --no-defaults -e \"GRANT CREATE ON guestbook.* TO guestbook@'192.168.56.%'\"",
    ["db-01 schema account[guestbook]"],
  ],
  [
    "an account was locked, and may no longer ask much",
    "db-01",
    "mysql --no-defaults -e \"ALTER USER guestbook@'192.168.56.%' WITH MAX_QUERIES_PER_HOUR 1 ACCOUNT LOCK\"",
    ["db-01 schema account[guestbook]"],
  ],
  [
    "an account has a second password",
    "db-01",
    "mysql --no-defaults -e \"ALTER USER replication@'192.168.56.15' IDENTIFIED BY 'another-one-2' RETAIN CURRENT PASSWORD\"",
    ["db-01 replication account[replication]"],
  ],
  [
    "an account has a role, and may hand on what it has",
    "db-01",
    "mysql --no-defaults -e \"CREATE ROLE helper; GRANT helper TO replication@'192.168.56.15'; GRANT SELECT ON guestbook.* TO guestbook@'192.168.56.%' WITH GRANT OPTION\"",
    ["db-01 replication account[replication]", "db-01 schema account[guestbook]"],
  ],
  [
    "a password was changed",
    "db-01",
    "mysql --no-defaults -e \"ALTER USER replication@'192.168.56.15' IDENTIFIED BY 'another-one-1'\"",
    ["db-01 replication account[replication]"],
  ],
  [
    // After the restart the primary is read-only for a while. The run must wait, or the migration is refused.
    "the primary's settings were edited, so it must restart, and a migration is missing",
    "db-01",
    "echo '# by hand' >>/etc/mysql/mysql.conf.d/mysqld.cnf; mysql --no-defaults -e 'DELETE FROM guestbook.schema_migrations; DROP TABLE guestbook.entries'",
    ["db-01 mysql file[/etc/mysql/mysql.conf.d/mysqld.cnf]", "db-01 schema migrations[guestbook]"],
  ],
  [
    "a run died between a migration and its note",
    "db-01",
    "mysql --no-defaults -e \"UPDATE guestbook.schema_migrations SET checksum = '' WHERE name LIKE '0002%'\"",
    ["db-01 schema migrations[guestbook]"],
  ],
  [
    "variables were set as MySQL runs, of the file and others; what a session sets for itself is no drift",
    "db-01",
    "mysql --no-defaults -e \"SET GLOBAL sync_binlog = 0, GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES', GLOBAL local_infile = ON, GLOBAL ssl_ca = '/none', SESSION max_execution_time = 5\"",
    ["db-01 mysql variables[mysqld]"],
  ],
  [
    "the primary persisted variables, one of which only a restart sets right, and was restarted",
    "db-01",
    `mysql --no-defaults -e 'SET PERSIST require_secure_transport = OFF, PERSIST sync_binlog = 0, PERSIST_ONLY innodb_flush_method = fsync' && ${RESTART}`,
    ["db-01 mysql variables[mysqld]"],
  ],
  [
    "a replica would wait for replicas of its own",
    "db-02",
    "mysql --no-defaults -e 'SET GLOBAL rpl_semi_sync_source_enabled = ON' && sleep 3 && [ $(mysql --no-defaults -NBe 'SELECT @@GLOBAL.rpl_semi_sync_source_enabled') = 0 ]",
    [],
  ],
  [
    "a plugin was taken out",
    "db-01",
    "mysql --no-defaults -e 'UNINSTALL PLUGIN clone'",
    ["db-01 mysql variables[mysqld]"],
  ],
  [
    "a database was started with a line more, which is gone by now",
    "db-02",
    `cd /etc/mysql/mysql.conf.d && cp -p mysqld.cnf /root/kept && echo 'wait_timeout = 60' >>mysqld.cnf && ${RESTART} && mv /root/kept mysqld.cnf`,
    ["db-02 mysql variables[mysqld]"],
  ],
  [
    "nothing says what the tables were after the migrations",
    "db-01",
    "mysql --no-defaults -e 'UPDATE guestbook.schema_migrations SET tables_after = NULL'",
    ["db-01 schema tables[guestbook]"],
  ],
  [
    "replication was stopped",
    "db-02",
    "mysql --no-defaults -e 'STOP REPLICA SQL_THREAD'",
    ["db-02 replication replication[db-01]"],
  ],
  [
    "a replica leaves out a table, and is an hour late",
    "db-02",
    "mysql --no-defaults -e 'STOP REPLICA; CHANGE REPLICATION FILTER REPLICATE_IGNORE_TABLE = (guestbook.entries); CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 3600; START REPLICA'",
    ["db-02 replication replication[db-01]"],
  ],
  [
    "InnoDB's redo log was switched off",
    "db-02",
    "mysql --no-defaults -e 'ALTER INSTANCE DISABLE INNODB REDO_LOG'",
    ["db-02 mysql variables[mysqld]"],
  ],
  [
    "a replica was made writable, and read-only again",
    "db-02",
    "mysql --no-defaults -e 'SET GLOBAL super_read_only = OFF; SET GLOBAL super_read_only = ON'",
    [],
  ],
];

/** Programs that were made to read another file, which was put back; by turns on the web servers. */
const MISREADS: readonly (readonly [string, string, Misread])[] = [
  ...MISREAD.map((one, at) => [`web-0${1 + (at % 3)}`, one.who, one] as const),
  [
    "web-02",
    "NSD, by a signal,",
    {
      ...(MISREAD.find(({ who }) => who === "NSD") as Misread),
      read: "kill -HUP $(systemctl show --property=MainPID --value nsd)",
    },
  ],
  ["db-02", "MySQL", MISREAD_BY_MYSQL],
];

/** Asks systemd about all units, first without systemctl and then without Perl, and prints the differences. */
const BOTH_WAYS = `
  gather() {
  ${unit.gather.reveal()}
  }
  alike() { sed '/:read\t/s/\t[^\t:]*:[^\t:]*:/\t/; /:\\(read\\|overridden\\)\t/!s/[^:]*$//'; }
  work=/run
  units=$(systemctl list-units --all --plain --no-legend --type=service,socket,timer | cut -d ' ' -f 1)
  set -- $units $(printf '%s:read\n%s:overridden\n' $units $units)
  (systemctl() { false; }; gather "$@") | alike >/run/by-perl
  (perl() { false; }; gather "$@") | alike >/run/by-systemctl
  wc -l </run/by-perl
  diff /run/by-perl /run/by-systemctl || :
`;

export function drift(): void {
  test.each(["web-01", "db-01"])(
    "%s: the unit observer gets the same answers with Perl as with systemctl",
    async (host) => {
      await eventually(30, async () => {
        const [asked, ...differences] = (await inside(host, BOTH_WAYS)).trim().split("\n");
        expect(Number(asked)).toBeGreaterThan(100);
        expect(differences).toEqual([]);
      });
    },
  );

  describe("a machine that has drifted", () => {
    describe.each(roundsOf(DRIFTS, ([, host]) => host))("$name", ({ drifts }) => {
      let [plan, run, again]: Ran[] = [];
      beforeAll(async () => {
        const hosts = drifts.map(([, host]) => host).join(",");
        for (const [, host, stray] of drifts) await inside(host, stray);
        plan = await provision("--check", "--limit", hosts);
        run = await provision("--limit", hosts);
        again = await provision("--limit", hosts);
      });

      test.each(drifts)("%s: the plan names it, and the run repairs it", (_, host, __, expected) => {
        const on = (changes: readonly string[] = []) => changes.filter((one) => one.startsWith(`${host} `));
        expect(on(plan?.changed)).toEqual(expected);
        expect(on(plan?.unknown)).toEqual([]);
        expect(on(run?.changed)).toEqual(expected);
        expect([run?.exitCode, again?.exitCode, on(again?.changed)]).toEqual([0, 0, []]);
      });
    });

    describe.each(roundsOf(MISREADS, ([host]) => host))("$name", ({ drifts }) => {
      let [plan, run, again]: Ran[] = [];
      beforeAll(async () => {
        const hosts = drifts.map(([host]) => host).join(",");
        for (const [host, , { file, edit, read }] of drifts) await inside(host, strayed(file, edit, read));
        plan = await provision("--check", "--limit", hosts);
        run = await provision("--limit", hosts);
        again = await provision("--check", "--limit", hosts);
      });

      test.each(drifts)(
        "on %s, %s was made to read another file, which was put back: the plan names it, and the run mends it",
        (host, _, { file, due }) => {
          const on = (handlers: readonly string[] = []) =>
            handlers.filter((one) => one.startsWith(`${host} `));
          expect([plan?.exitCode, plan?.changed, on(plan?.handlers)]).toEqual([2, [], [`${host} ${due}`]]);
          expect([run?.exitCode, run?.changed, on(run?.handlers)]).toEqual([0, [], [`${host} ${due}`]]);
          const told = run?.events.find((event) => event.type === "handler" && event.host === host);
          expect(told).toMatchObject({
            output: expect.stringContaining(
              `before ${file.replace(/\/quintet.conf$/, (name) => (due === "restart nsd" ? "" : name))}`,
            ),
          });
          expect([again?.exitCode, on(again?.handlers)]).toEqual([0, []]);
        },
      );
    });

    test("a unit still runs after its file was removed: the plan calls the service unknown, and the run does not change it", async () => {
      // Without the reload the result would be random, because systemd may still remember that the unit is enabled.
      await inside("web-03", "rm /etc/systemd/system/foobar.socket && systemctl daemon-reload");
      const plan = await provision("--check", "--limit", "web-03");
      const run = await provision("--limit", "web-03");
      const written = ["web-03 app file[/etc/systemd/system/foobar.socket]"];
      expect([plan.changed, plan.unknown]).toEqual([written, ["web-03 app service[foobar.socket]"]]);
      expect(run.changed).toEqual(written);
      expect((await provision("--limit", "web-03")).changed).toEqual([]);
    });

    test("a unique key was dropped: the run names it and refuses, until a person has put it back", async () => {
      const alter = (what: string) =>
        inside("db-01", `mysql --no-defaults -e 'ALTER TABLE guestbook.entries ${what}'`);
      const dropped = "- unique key entries.entries_idempotency_key: BTREE (idempotency_key)";
      await alter("DROP KEY entries_idempotency_key");
      const plan = await provision("--check", "--limit", "db-01");
      expect(plan.changed).toEqual(["db-01 schema tables[guestbook]"]);
      expect(plan.events.find(({ type }) => type === "changed")).toMatchObject({
        diff: expect.stringContaining(dropped),
      });
      const run = await provision("--limit", "db-01");
      expect([run.exitCode, run.changed]).toEqual([3, []]);
      expect(run.events.find(({ type }) => type === "failed")).toMatchObject({
        resource: "tables[guestbook]",
        output: expect.stringContaining(dropped),
      });
      await alter("ADD UNIQUE KEY entries_idempotency_key (idempotency_key)");
      expect((await provision("--limit", "db-01")).changed).toEqual([]);
    });

    test("migrations of a version that noted no tables: the run notes them, and the plan does not guess", async () => {
      await inside(
        "db-01",
        "mysql --no-defaults -e 'ALTER TABLE guestbook.schema_migrations DROP COLUMN tables_after'",
      );
      const made = "db-01 schema database[guestbook]";
      const plan = await provision("--check", "--limit", "db-01");
      expect(plan.changed).toEqual([made]);
      expect(plan.unknown).toContain("db-01 schema tables[guestbook]");
      expect((await provision("--limit", "db-01")).changed).toEqual([made, "db-01 schema tables[guestbook]"]);
      expect((await provision("--limit", "db-01")).changed).toEqual([]);
    });

    test("an option file that is read after ours: the run names it, and fails until it is gone", async () => {
      const other = "/etc/mysql/mysql.conf.d/other.cnf";
      await inside(
        "db-02",
        `printf '[mysqld]\\nsync_binlog = 0\\n' >${other} && chmod 0644 ${other} && ${RESTART}`,
      );
      const run = await provision("--limit", "db-02");
      expect([run.exitCode, run.changed]).toEqual([3, []]);
      expect(run.events.find(({ type }) => type === "failed")).toMatchObject({
        resource: "variables[mysqld]",
        output: expect.stringContaining(`sync_binlog: 0 (GLOBAL ${other}) -> 1`),
      });
      await inside("db-02", `rm ${other} && ${RESTART}`);
      expect((await provision("--limit", "db-02")).changed).toEqual([]);
    });

    test("the application runs with an edited setting: the run restarts it with the right one", async () => {
      const told =
        "tr '\\0' '\\n' </proc/$(systemctl show --property=MainPID --value foobar.service)/environ | grep ^DOMAIN=";
      const edit = "sed -i 's/^DOMAIN=.*/DOMAIN=www.elsewhere.example/' /etc/foobar/app.env";
      await inside("web-02", `${edit} && systemctl restart foobar.service`);
      expect(await inside("web-02", told)).toContain("www.elsewhere.example");
      const run = await provision("--limit", "web-02");
      expect([run.exitCode, run.changed]).toEqual([0, ["web-02 app file[/etc/foobar/app.env]"]]);
      expect(await inside("web-02", told)).toContain("www.foobar.com");
    });

    test("several kinds of drift at once", async () => {
      await inside("web-01", "rm /etc/haproxy/haproxy.cfg; systemctl stop foobar.service");
      await inside("web-02", "apt-get -q -y purge nsd >/dev/null 2>&1; rm -rf /etc/nsd");
      await inside("db-02", "systemctl stop mysql");
      const plan = await provision("--check");
      const run = await provision();
      const foreseen = [...plan.changed, ...plan.unknown];
      expect(run.exitCode).toBe(0);
      expect(run.changed.filter((change) => !foreseen.includes(change))).toEqual([]);
      expect(plan.changed.filter((change) => !run.changed.includes(change))).toEqual([]);
      expect(run.changed).toContain("web-02 dns apt[nsd]");
      await smoke("--gentle");
      expect((await provision("--check")).changed).toEqual([]);
    });
  });
}

// --- internal ---

/** To ask machines about each alone takes minutes. So a round has one drift of each machine, and one of the databases, which know each other. */
function roundsOf<One>(drifts: readonly One[], hostOf: (drift: One) => string) {
  const placeOf = (drift: One) => (hostOf(drift).startsWith("db-") ? "databases" : hostOf(drift));
  const rounds: One[][] = [];
  for (const drift of drifts) {
    const round = rounds.find((one) => one.every((other) => placeOf(other) !== placeOf(drift)));
    if (round) round.push(drift);
    else rounds.push([drift]);
  }
  return rounds.map((round, at) => ({ name: `round ${at + 1}`, drifts: round }));
}
