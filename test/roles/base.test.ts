import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { hostPlanFor } from "../../engine/plan/host-plan.ts";
import { base } from "../../roles/base/index.ts";
import { testInputs } from "../helpers/plan-inputs.ts";
import { five, fiveWith, say, withWeb04 } from "../helpers/role-context.ts";

describe("role base", () => {
  test("first refuses everything but Debian 13, and keeps packages from starting services", () => {
    const said = say(base(), five, "db-01");
    expect(said.ids).toEqual([
      "requirement[Debian 13]",
      "file[/usr/sbin/policy-rc.d]",
      "dpkg[whole]",
      "file[/etc/systemd/system/logrotate.service.d/quintet.conf]",
      "file[/etc/systemd/system/logrotate.timer.d/quintet.conf]",
      "apt[ca-certificates]",
      "apt[curl]",
      "apt[systemd-timesyncd]",
      "apt[logrotate]",
      "hostname[db-01]",
      "file[/etc/hosts]",
      "kernel[/etc/sysctl.d/60-quintet-limits.conf]",
      "service[systemd-timesyncd]",
      "file[/etc/systemd/journald.conf.d/quintet.conf]",
      "service[logrotate.timer]",
    ]);
  });

  test.each([
    ["outside a run", {}, 0],
    ["in a run", { QUINTET_RUN: "1", DPKG_MAINTSCRIPT_PACKAGE: "nginx" }, 101],
    [
      "in a run, for a package that it removes",
      { QUINTET_RUN: "1", QUINTET_REPLACED: " chrony", DPKG_MAINTSCRIPT_PACKAGE: "chrony" },
      0,
    ],
    [
      "in a run that removes another one",
      { QUINTET_RUN: "1", QUINTET_REPLACED: " chrony", DPKG_MAINTSCRIPT_PACKAGE: "nginx" },
      101,
    ],
    ["in a run, by no package", { QUINTET_RUN: "1", QUINTET_REPLACED: "" }, 101],
  ])("lets a package's script act on its service %s as it should", (_, env, status) => {
    const script = say(base(), five, "db-01").file("/usr/sbin/policy-rc.d");
    expect(spawnSync("sh", ["-s"], { input: script, env }).status).toBe(status);
  });

  test("keeps one program for the clock: Debian's others are removed for it", () => {
    const given = testInputs();
    const { resources } = hostPlanFor(given.inventory.hosts[0] as never, [base()], given);
    const clock = resources.find(({ resource }) => resource.id === "apt[systemd-timesyncd]");
    expect(clock?.resource.together?.args).toEqual(["systemd-timesyncd", "!chrony", "!ntpsec", "!openntpd"]);
  });

  test("writes /etc/hosts with every machine, and with the site at the public address", () => {
    expect(say(base(), fiveWith(withWeb04), "web-01").file("/etc/hosts")).toMatchInlineSnapshot(`
      "127.0.0.1 localhost
      ::1 localhost ip6-localhost ip6-loopback

      192.168.56.11 web-01.foobar.com web-01
      192.168.56.12 web-02.foobar.com web-02
      192.168.56.13 web-03.foobar.com web-03
      192.168.56.24 web-04.foobar.com web-04
      192.168.56.14 db-01.foobar.com db-01
      192.168.56.15 db-02.foobar.com db-02
      192.168.56.10 www.foobar.com foobar.com
      "
    `);
  });

  test("makes room for resting connections by memory, and keeps outgoing ones off ports that the host listens on", () => {
    const file = (yaml: string) =>
      say(base(), fiveWith(yaml === "" ? (old) => old : (old) => `${old}\n${yaml}\n`), "web-01").content(
        "kernel[/etc/sysctl.d/60-quintet-limits.conf]",
      );
    expect(file("").split("\n").slice(1)).toEqual([
      "-net.ipv4.tcp_tw_reuse = 1",
      "-net.ipv4.tcp_max_tw_buckets = 172032",
      "",
    ]);
    const high =
      "vars: { nginx: { port: 40001 }, haproxy: { statsPort: 40000 }, firewall: { sshPorts: [22, 50000] } }";
    expect(file(high)).toContain("-net.ipv4.ip_local_reserved_ports = 40000-40001,50000\n");
  });

  test("limits the journal by a variable, and restarts journald", () => {
    const path = "/etc/systemd/journald.conf.d/quintet.conf";
    const said = say(base({ journalMegabytes: 50 }), five, "web-01");
    expect(said.file(path)).toContain("SystemMaxUse=50M\n");
    expect(said.notified(`file[${path}]`)).toEqual(["restart systemd-journald"]);
  });

  test("looks every ten minutes whether a log is too large, and restarts the timer if that changes", () => {
    const timer = "file[/etc/systemd/system/logrotate.timer.d/quintet.conf]";
    const said = say(base(), five, "db-01");
    expect(said.content(timer)).toMatch(/OnCalendar=\nOnCalendar=\*:0\/10\n/);
    expect(said.notified(timer)).toEqual(["restart logrotate.timer"]);
  });

  test("installs the inventory's packages instead of its own, if there are any", () => {
    const own = fiveWith((yaml) => `${yaml}\nvars: { base: { packages: [vim] } }\n`);
    expect(say(base(), own, "web-01").ids).toContain("apt[vim]");
    expect(say(base(), own, "web-01").ids).not.toContain("apt[curl]");
  });
});
