import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { $ } from "zx";
import {
  apt,
  type Blob,
  file,
  play,
  reload,
  role,
  type Shell,
  sh,
  site,
  verbatim,
} from "../../../engine/index.ts";
import { readInventory } from "../../../engine/model/inventory/index.ts";
import type { RunEvent } from "../../../engine/run/events.ts";
import { provision as runEngine } from "../../../engine/run/run.ts";
import { sha256Of } from "../../../engine/util/hash.ts";
import { app } from "../../../roles/app/index.ts";
import { slowReload, usualReload } from "../../helpers/by-hand.ts";
import { primaryIs } from "../databases.ts";
import {
  eventually,
  hosts,
  INVENTORY,
  inside,
  lab,
  provision,
  readRun,
  run,
  smoke,
  start,
  visit,
} from "../machines.ts";

const unit = "systemctl is-active";
const failureOf = ({ events }: Awaited<ReturnType<typeof provision>>) =>
  events.find(({ type }) => type === "failed");
const problems = ({ events }: Awaited<ReturnType<typeof provision>>) =>
  events.flatMap((event) => ("problem" in event ? [`${event.host}: ${event.problem}`] : []));

/** What goes wrong in real life. Each case has its own message and exit code, and the site is converged afterwards. */
export function failures(): void {
  describe("when something goes wrong", () => {
    afterEach(() => lab.heal());
    words();
    unusable();
    packages();
    configurations();
    runs();
    sentinel();
  });
}

// --- internal ---

function words(): void {
  describe("wrong input", () => {
    test.each([
      [["--role", "ngnix"], 'found "ngnix" (did you mean "nginx"?)'],
      [["--limit", "web-1"], 'found "web-1" (did you mean "web-01"?)'],
      [["--limit", "wbe"], 'found "wbe" (did you mean "web"?)'],
      [["--limit", "web,!web"], "no host is left"],
      [["--chek"], "--check"],
      [["-i", "inventory/seven.yaml"], "inventory/seven.yaml: no such file"],
      [["--lock-wait", "soon"], 'found "soon"; expected a whole number'],
    ])("in the flags %j is answered with %s", async (flags, message) => {
      const { exitCode, stderr } = await run("scripts/provision.ts", ...flags);
      expect(stderr).toContain(message);
      expect(exitCode).toBe(1);
    });

    test("in .env (an empty value) is answered with the file, the name and what to do", async () => {
      const before = readFileSync(".env", "utf8");
      try {
        writeFileSync(".env", before.replace(/^DATABASE_PASSWORD=.*$/m, "DATABASE_PASSWORD="));
        const { exitCode, stderr } = await run("scripts/provision.ts");
        expect([exitCode, stderr]).toEqual([
          1,
          expect.stringMatching(/\.env › DATABASE_PASSWORD .*found no value/),
        ]);
      } finally {
        writeFileSync(".env", before);
      }
    });
  });
}

function unusable(): void {
  describe("a host that cannot be used", () => {
    test("because it is off: exit code 4, and the others are provisioned", async () => {
      await lab.stop(["web-03"]);
      await inside("web-01", "rm /etc/nginx/nginx.conf");
      const ran = await provision("--limit", "web");
      await lab.start(["web-03"]);
      expect(ran.exitCode).toBe(4);
      expect(problems(ran)).toEqual([expect.stringMatching(/^web-03: .*is it running/)]);
      expect(ran.changed).toEqual(["web-01 nginx file[/etc/nginx/nginx.conf]"]);
    });

    test("because all databases are off: exit code 4 and why, and the web tier is provisioned", async () => {
      await lab.stop(["db-01", "db-02"]);
      await inside("web-01", "rm /etc/nginx/nginx.conf");
      const ran = await provision();
      await lab.start(["db-01", "db-02"]);
      expect(ran.exitCode).toBe(4);
      expect(problems(ran).sort()).toEqual([
        expect.stringMatching(/^db-01: .*is it running/),
        expect.stringMatching(/^db-02: .*is it running/),
      ]);
      expect(ran.changed).toEqual(["web-01 nginx file[/etc/nginx/nginx.conf]"]);
      await primaryIs("db-01");
      await eventually(60, () => smoke("--gentle"));
    });

    test("because it shows another host key: exit code 4, and what to do", async () => {
      await inside("web-02", "rm /etc/ssh/ssh_host_*; ssh-keygen -q -A; systemctl restart ssh");
      const ran = await provision("--limit", "web-02");
      expect([ran.exitCode, problems(ran)[0]]).toEqual([
        4,
        expect.stringContaining("npm run ssh -- --forget 192.168.56.12"),
      ]);
      await run("scripts/ssh.ts", "--forget", "web-02");
      expect((await provision("--limit", "web-02")).exitCode).toBe(0);
    });

    test("because it refuses the key: exit code 4, and which keys were tried", async () => {
      await inside("web-02", "mv /home/vagrant/.ssh/authorized_keys /home/vagrant/.ssh/away");
      const ran = await provision("--limit", "web-02");
      await inside("web-02", "mv /home/vagrant/.ssh/away /home/vagrant/.ssh/authorized_keys");
      expect([ran.exitCode, problems(ran)[0]]).toEqual([
        4,
        expect.stringMatching(/refuses vagrant with .*keys\/192\.168\.56\.12/),
      ]);
    });

    test("because sudo asks for a password: exit code 3, and where to change that", async () => {
      await inside(
        "web-02",
        "mkdir /root/away; mv /etc/sudoers.d/* /root/away; grep -q '^vagrant' /etc/sudoers && sed -i.away /^vagrant/d /etc/sudoers; echo 'vagrant ALL=(ALL) ALL' >/etc/sudoers.d/password",
      );
      const ran = await provision("--limit", "web-02");
      await inside(
        "web-02",
        "rm /etc/sudoers.d/password; mv /root/away/* /etc/sudoers.d/; rmdir /root/away; [ ! -e /etc/sudoers.away ] || mv /etc/sudoers.away /etc/sudoers",
      );
      expect([ran.exitCode, problems(ran)[0]]).toEqual([
        3,
        expect.stringContaining("sudo asks for a password"),
      ]);
    });

    test("because it runs another system: exit code 3, with what was found and expected", async () => {
      await inside(
        "web-02",
        "mv /etc/os-release /etc/os-release.away; printf 'ID=debian\\nVERSION_ID=12\\nPRETTY_NAME=\"Debian 12\"\\n' >/etc/os-release",
      );
      const ran = await provision("--limit", "web-02");
      await inside("web-02", "mv /etc/os-release.away /etc/os-release");
      expect(failureOf(ran)).toMatchObject({
        resource: "requirement[Debian 13]",
        output: expect.stringMatching(/expected Debian 13[\s\S]*found Debian 12/),
      });
      expect(ran.exitCode).toBe(3);
    });

    test("because its disk is full: exit code 3, the old file is intact, and the next run repairs it", async () => {
      const before = await inside(
        "web-02",
        "mount -t tmpfs -o size=64k none /etc/systemd/journald.conf.d; head -c 60000 /dev/zero >/etc/systemd/journald.conf.d/full; cat /etc/systemd/journald.conf.d/full >>/etc/systemd/journald.conf.d/full2 2>/dev/null; echo full",
      );
      expect(before).toBe("full");
      const ran = await provision("--limit", "web-02", "--role", "base");
      await inside("web-02", "umount /etc/systemd/journald.conf.d");
      expect(failureOf(ran)).toMatchObject({ output: expect.stringContaining("No space left on device") });
      expect(ran.exitCode).toBe(3);
      expect((await provision("--limit", "web-02")).exitCode).toBe(0);
    });

    test("because /tmp has no inodes left: exit code 3, the place is named, in the plan too, and no package is touched", async () => {
      await inside(
        "web-02",
        "apt-get -q -y purge nsd >/dev/null 2>&1; mount -t tmpfs -o size=16m,nr_inodes=8 none /tmp; for i in 1 2 3 4 5 6 7; do touch /tmp/filling-$i; done 2>/dev/null || true",
      );
      const plan = await provision("--check", "--limit", "web-02", "--role", "dns");
      const ran = await provision("--limit", "web-02", "--role", "dns");
      await inside("web-02", "umount /tmp");
      for (const one of [plan, ran]) {
        expect(failureOf(one)).toMatchObject({
          resource: "apt[nsd]",
          output: expect.stringMatching(/\/tmp: found \d+ MiB and 0 inodes free; expected at least/),
        });
        expect(one.exitCode).toBe(3);
      }
      expect((await provision("--limit", "web-02")).exitCode).toBe(0);
    });

    test("for now, because its package manager is locked: the run waits, says so, and goes on", async () => {
      await inside("web-02", "apt-get -q -y purge nsd >/dev/null 2>&1");
      await inside(
        "web-02",
        `perl -e 'use Fcntl; open F, ">>", "/var/lib/dpkg/lock-frontend"; exit if fork; close STDOUT; close STDERR; my $l = pack("s s l! l! i x4", F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLK, $l) or die; sleep 6'`,
      );
      const ran = await provision("--limit", "web-02", "--role", "dns");
      expect(ran.events.find(({ type }) => type === "waiting")).toMatchObject({
        host: "web-02",
        reason: expect.stringContaining("the package manager's lock"),
      });
      expect(ran.exitCode).toBe(0);
    });

    test("because it has no package mirror: exit code 3, with apt's own message, and nothing is half done", async () => {
      await inside(
        "web-02",
        "apt-get -q -y purge nsd >/dev/null 2>&1; cp /etc/resolv.conf /root/resolv.conf; echo 'nameserver 192.168.56.99' >/etc/resolv.conf; mkdir /root/sources; mv /etc/apt/sources.list.d/* /root/sources; echo 'deb http://192.168.56.99/debian trixie main' >/etc/apt/sources.list.d/away.list",
      );
      const ran = await provision("--limit", "web-02", "--role", "dns");
      await inside(
        "web-02",
        "cat /root/resolv.conf >/etc/resolv.conf; rm /etc/apt/sources.list.d/away.list; mv /root/sources/* /etc/apt/sources.list.d/; rmdir /root/sources",
      );
      expect(failureOf(ran)).toMatchObject({
        resource: "apt[nsd]",
        output: expect.stringContaining("192.168.56.99"),
      });
      expect(ran.exitCode).toBe(3);
      expect((await provision("--limit", "web-02")).exitCode).toBe(0);
    });
  });
}

/** Makes a package in a repository on the machine. Its script fails as often as the file `failures` says. */
const FLAKY = `
  mkdir -p /srv/flaky/made/DEBIAN
  cd /srv/flaky
  printf '%s\n' 'Package: flaky' 'Version: 1' 'Architecture: all' 'Maintainer: nobody <root@localhost>' 'Description: fails' >made/DEBIAN/control
  printf '%s\n' '#!/bin/sh' 'left=$(cat /srv/flaky/failures)' '[ "$left" = 0 ] || { echo $((left - 1)) >/srv/flaky/failures; echo "not yet"; exit 1; }' >made/DEBIAN/postinst
  chmod 0755 made/DEBIAN/postinst
  dpkg-deb --build made flaky.deb >/dev/null
  { cat made/DEBIAN/control; echo 'Filename: ./flaky.deb'; stat -c 'Size: %s' flaky.deb; echo "SHA256: $(sha256sum <flaky.deb | cut -d ' ' -f 1)"; } >Packages
  echo 'deb [trusted=yes] file:/srv/flaky ./' >/etc/apt/sources.list.d/flaky.list
`;

function packages(): void {
  test("another program for the clock: the plan says what goes for ours, the run removes it, and its service ends", async () => {
    await inside("web-03", "apt-get -q -y install chrony >/dev/null 2>&1; systemctl start chrony || true");
    const { stdout } = await run(
      "scripts/provision.ts",
      "--check",
      "--diff",
      "--limit",
      "web-03",
      "--role",
      "base",
    );
    expect(stdout).toContain("removes chrony");
    const ran = await provision("--limit", "web-03");
    expect([ran.exitCode, ran.changed.includes("web-03 base apt[systemd-timesyncd]")]).toEqual([0, true]);
    expect(await inside("web-03", "pgrep -x chronyd || echo none")).toBe("none");
    expect((await provision("--limit", "web-03")).changed).toEqual([]);
    await inside("web-03", "apt-get -q -y purge chrony >/dev/null 2>&1");
  });

  describe("a package whose own script", () => {
    const installed = async (failures: number) => {
      await inside("web-03", `${FLAKY} echo ${failures} >failures`);
      const events: RunEvent[] = [];
      const wanted = role("flaky", { summary: "", vars: z.object({}), resources: () => [apt("flaky")] });
      const exitCode = await runEngine(
        {
          inventory: readInventory(INVENTORY),
          site: site(play("web", [wanted()])),
          mode: "apply",
          limit: "web-03",
        },
        (event) => events.push(event),
      );
      await inside(
        "web-03",
        "echo 0 >/srv/flaky/failures; apt-get -q -y purge flaky; rm -r /srv/flaky /etc/apt/sources.list.d/flaky.list",
      );
      return { exitCode, failure: events.find(({ type }) => type === "failed") };
    };

    test("fails once is tried again", async () => {
      expect(await installed(1)).toEqual({ exitCode: 0, failure: undefined });
    });

    test("always fails ends the run, with the script's output", async () => {
      const { exitCode, failure } = await installed(9);
      expect(exitCode).toBe(3);
      expect(failure).toMatchObject({
        resource: "apt[flaky]",
        phase: "apply",
        output: expect.stringMatching(/not yet.*trying that once more.*not yet/s),
      });
    });
  });
}

function configurations(): void {
  describe("a broken configuration or release", () => {
    test.each([
      [
        "haproxy",
        "web-01",
        "/etc/haproxy/haproxy.cfg",
        "listen broken\n    bind nowhere\n",
        (candidate: Shell) => sh`haproxy -c -f ${candidate}`,
      ],
      [
        "nginx",
        "web-01",
        "/etc/nginx/nginx.conf",
        "events {}\nhttp { servre {} }\n",
        (candidate: Shell) => sh`nginx -t -q -c ${candidate}`,
      ],
      [
        "mysqld",
        "db-02",
        "/etc/mysql/mysql.conf.d/mysqld.cnf",
        "[mysqld]\nspeed = high\n",
        (candidate: Shell) => sh`mysqld --defaults-file=${candidate} --validate-config`,
      ],
    ])("of %s on %s never replaces the working one", async (daemon, host, path, content, validate) => {
      const before = await inside(host, `sha256sum ${path}`);
      const broken = role("broken", {
        summary: "",
        vars: z.object({}),
        resources: () => [file(path, { content: verbatim(content), validate, notify: reload(daemon) })],
      });
      const events: RunEvent[] = [];
      const inventory = readInventory(INVENTORY);
      const exitCode = await runEngine(
        { inventory, site: site(play("all", [broken()])), mode: "apply", limit: host },
        (event) => events.push(event),
      );
      expect(exitCode).toBe(3);
      expect(events.find(({ type }) => type === "failed")).toMatchObject({
        phase: "apply",
        output: expect.stringMatching(/bind|servre|speed/),
      });
      expect(await inside(host, `sha256sum ${path}`)).toBe(before);
      await inside(host, "rm -f /var/lib/quintet/pending/*");
    });

    test("of the application never becomes the current one", async () => {
      const before = await inside("web-01", "readlink /srv/foobar/current");
      const blob = await brokenRelease();
      const events: RunEvent[] = [];
      const exitCode = await runEngine(
        {
          inventory: readInventory(INVENTORY),
          site: site(play("web", [{ ...app(), build: async () => blob }])),
          mode: "apply",
          limit: "web-01",
        },
        (event) => events.push(event),
      );
      expect(exitCode).toBe(3);
      expect(events.find(({ type }) => type === "failed")).toMatchObject({
        resource: "release[/srv/foobar]",
        phase: "apply",
      });
      expect(await inside("web-01", "readlink /srv/foobar/current")).toBe(before);
      await eventually(10, async () => expect((await visit("/healthz")).status).toBe(200));
      expect((await provision("--limit", "web-01")).exitCode).toBe(0);
    });
  });
}

function runs(): void {
  describe("runs that get in each other's way or do not end", () => {
    test("a second run is refused and told who holds the lock; with --lock-wait it waits", async () => {
      const holder = lab.execIn("web-01", [
        "sh",
        "-c",
        "exec 9>>/run/quintet/lock; flock 9; echo 'someone@elsewhere, process 1' >/run/quintet/holder; sleep 4",
      ]);
      await eventually(5, () => inside("web-01", "! flock -n /run/quintet/lock true"));
      const refused = await provision("--limit", "web-01");
      expect(refused.events.find(({ type }) => type === "locked")).toMatchObject({
        holder: expect.stringContaining("someone@elsewhere"),
      });
      expect(refused.exitCode).toBe(5);
      expect((await provision("--limit", "web-01", "--lock-wait", "30")).exitCode).toBe(0);
      await holder;
    });

    test("of twenty runs that start together one works; the others say which one, and change nothing", async () => {
      const webs = ["web-01", "web-02", "web-03"];
      const onAll = (words: string) => Promise.all(webs.map((host) => inside(host, words)));
      // The working run must not finish before the last of the others starts. So nginx's reload waits for a file
      // /run/go, but not for ever.
      await onAll(
        `rm -f /run/go /etc/nginx/nginx.conf; ${slowReload("for t in $(seq 2400); do [ ! -e /run/go ] || break; sleep 0.1; done")}`,
      );
      let refused = 0;
      const one = async () => {
        const ran = await provision("--limit", "web", "--role", "nginx");
        if (ran.exitCode !== 0 && ++refused === 19) await onAll("touch /run/go");
        return ran;
      };
      const ran = await Promise.all(Array.from({ length: 20 }, one)).finally(() =>
        onAll(`touch /run/go; ${usualReload()}; systemctl reload nginx; rm /run/go`),
      );
      const worked = ran.filter(({ exitCode }) => exitCode === 0);
      expect(worked.map(({ changed }) => changed)).toEqual([
        webs.map((host) => `${host} nginx file[/etc/nginx/nginx.conf]`),
      ]);
      for (const { exitCode, changed, events } of ran.filter((each) => !worked.includes(each))) {
        expect([exitCode, changed]).toEqual([5, []]);
        expect(events.find(({ type }) => type === "locked")).toMatchObject({
          host: "web-01",
          holder: expect.stringMatching(/^root@.*, process \d+, since /),
        });
      }
    });

    test("a host whose shell talks is heard all the same, and what it says is shown with --verbose", async () => {
      const HOSTS = ["web-02", "db-01"];
      const bashrc = "/home/vagrant/.bashrc";
      for (const host of HOSTS)
        await inside(
          host,
          `cp -p ${bashrc} ${bashrc}.kept; { echo "printf hi"; cat ${bashrc}.kept; } >${bashrc}`,
        );
      const plan = await provision("--check", "--limit", "web-02,db-01");
      const told = await run("scripts/provision.ts", "--check", "--verbose", "--limit", "web-02");
      const facts = await run("scripts/facts.ts", "--limit", "db-01", "--json");
      await smoke("--gentle");
      for (const host of HOSTS) await inside(host, `mv ${bashrc}.kept ${bashrc}`);
      expect([plan.exitCode, plan.changed]).toEqual([0, []]);
      expect(told.stdout).toMatch(/web-02 +greeting +hi/);
      expect(JSON.parse(facts.stdout)).toMatchObject({
        "db-01": { system: expect.stringContaining("Debian") },
      });
    });

    test("a resource that fails stops its role, and what needs it; other roles go on", async () => {
      await inside(
        "web-02",
        "echo '# strayed' >>/etc/nsd/nsd.conf; echo '# strayed' >>/etc/haproxy/haproxy.cfg",
      );
      await inside("web-02", "mv /usr/sbin/haproxy /usr/sbin/haproxy.away");
      const ran = await provision("--limit", "web-02");
      await inside("web-02", "mv /usr/sbin/haproxy.away /usr/sbin/haproxy");
      expect(ran.exitCode).toBe(3);
      expect(ran.changed).toEqual(["web-02 dns file[/etc/nsd/nsd.conf]"]);
      const skipped = ran.events.flatMap((event) =>
        event.type === "skipped" ? [`${event.resource} ${event.because}`] : [],
      );
      expect(skipped).toEqual([
        "file[/usr/local/lib/haproxy/keep-states] fileSet[haproxy]",
        "service[haproxy] fileSet[haproxy]",
        "asConfigured[haproxy] fileSet[haproxy]",
      ]);
      const next = await provision("--limit", "web-02");
      expect([next.exitCode, next.changed]).toEqual([0, ["web-02 haproxy fileSet[haproxy]"]]);
    });

    test.each([
      ["Ctrl-C", "SIGINT", 130],
      ["kill -9 of the controller", "SIGKILL", null],
    ] as const)("%s in the middle: the next run finishes what was started", async (_, signal, exitCode) => {
      await inside("web-03", "apt-get -q -y purge nsd >/dev/null 2>&1; rm -f /etc/nginx/nginx.conf");
      const { child, done, printed } = start("scripts/provision.ts", ["--json", "--limit", "web-03"]);
      await eventually(60, async () => expect(printed()).toContain('"start"'));
      child.kill(signal);
      expect((await done).exitCode).toBe(exitCode);
      const next = await provision("--limit", "web-03", "--lock-wait", "120");
      expect(next.exitCode).toBe(0);
      expect(
        await inside(
          "web-03",
          `${unit} nsd nginx; ls -A /var/lib/quintet/pending; ls -d /run/quintet/work.* 2>/dev/null || true`,
        ),
      ).toBe("active\nactive");
    });

    test("a network cut in the middle: exit code 4 after a limited time, the other hosts go on, the next run converges", async () => {
      await inside("web-03", `rm -f /etc/nginx/nginx.conf; ${slowReload("sleep 600")}`);
      const { child, done, printed } = start("scripts/provision.ts", [
        "--json",
        "--limit",
        "web-03,web-01",
        "--role",
        "nginx",
      ]);
      child.stdin.end();
      const begun = /"type":"(start|changed)"[^\n]*file\[\/etc\/nginx\/nginx\.conf\]/;
      await eventually(60, async () => expect(printed()).toMatch(begun));
      await lab.cut(["web-03"]);
      const ran = readRun(await done);
      await lab.heal(["web-03"]);
      await inside("web-03", `${usualReload()}; systemctl restart nginx`);
      expect(ran.exitCode).toBe(4);
      expect(ran.events.find(({ type }) => type === "lost")).toMatchObject({ host: "web-03" });
      await eventually(60, async () =>
        expect((await provision("--limit", "web-03", "--lock-wait", "60")).exitCode).toBe(0),
      );
    });

    test("a run gives up a hanging host after --timeout, and finishes the others", async () => {
      await inside(
        "web-03",
        "rm -f /etc/nginx/nginx.conf; mv /usr/sbin/nginx /usr/sbin/nginx.away; printf '#!/bin/sh\\nsleep 30\\n' >/usr/sbin/nginx; chmod 755 /usr/sbin/nginx",
      );
      const ran = await provision("--limit", "web", "--role", "nginx", "--timeout", "5");
      await inside("web-03", "mv /usr/sbin/nginx.away /usr/sbin/nginx");
      expect(ran.exitCode).toBe(4);
      expect(problems(ran)).toEqual([expect.stringMatching(/^web-03: no sign of it for 5 s/)]);
      expect((await provision("--limit", "web", "--lock-wait", "60")).exitCode).toBe(0);
      await eventually(60, () => smoke("--gentle"));
    });
  });
}

function sentinel(): void {
  describe("secrets", () => {
    test("are in no output, run record, journal, process list or temporary file", async () => {
      const secrets = [...readFileSync(".env", "utf8").matchAll(/^\w+=(.+)$/gm)].map(
        ([, value]) => value as string,
      );
      expect(secrets.length).toBeGreaterThan(1);
      await inside("web-01", "rm /etc/foobar/database-password");
      await inside(
        "db-01",
        "rm /etc/quintet/failover-replication-password; mysql --no-defaults -e \"ALTER USER replication@'192.168.56.15' IDENTIFIED BY 'another-one-2'\"",
      );
      let seen = "";
      const watching = setInterval(
        () =>
          void $({
            quiet: true,
            nothrow: true,
          })`sh -c ${"cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' ' '"}`.then(
            ({ stdout }) => (seen += stdout),
          ),
        50,
      );
      const { stdout, stderr } = await run("scripts/provision.ts", "--diff", "--verbose");
      const program = await run("scripts/provision.ts", "--program");
      clearInterval(watching);
      expect(stdout).toContain("file[/etc/foobar/database-password]");
      const records = (await $({ quiet: true })`sh -c ${"cat .quintet/runs/*"}`).stdout;
      const onHosts = await Promise.all(
        hosts.map(({ name: host }) =>
          inside(
            host,
            "journalctl -o cat --no-pager; cat /run/quintet/holder; find /run/quintet /tmp /var/tmp /var/log -type f -not -path '/var/log/journal/*' -exec cat {} + 2>/dev/null || true",
          ),
        ),
      );
      const everything = [stdout, stderr, program.stdout, seen, records, ...onHosts].join("\n");
      expect(seen.length).toBeGreaterThan(1000);
      for (const secret of secrets) expect(everything.includes(secret)).toBe(false);
    });
  });
}

/** A release whose server exits at its start. */
async function brokenRelease(): Promise<Blob> {
  const folder = mkdtempSync(join(tmpdir(), "quintet-"));
  writeFileSync(join(folder, "server.mjs"), "throw new Error('this release is broken');\n");
  await $({ quiet: true })`tar -czf ${`${folder}.tar.gz`} -C ${folder} .`;
  const content = readFileSync(`${folder}.tar.gz`);
  return {
    file: `${folder}.tar.gz`,
    sha256: sha256Of(content),
    size: content.length,
  };
}
