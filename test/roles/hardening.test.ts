import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { hardening } from "../../roles/hardening/index.ts";
import { fakeProbe } from "../helpers/probe.ts";
import { five, fiveWith, say } from "../helpers/role-context.ts";
import { canSandbox, sandbox } from "../helpers/sandbox.ts";

const SSHD = "/etc/ssh/sshd_config.d/10-quintet.conf";
const KERNEL = "/etc/sysctl.d/50-quintet.conf";

describe("role hardening", () => {
  test("has these resources, in this order", () => {
    const said = say(hardening(), five, "db-01");
    expect(said.ids).toEqual([
      "file[/etc/systemd/system/apt-daily-upgrade.service.d/quintet.conf]",
      "apt[unattended-upgrades]",
      "apt[debsums]",
      "apt[libpam-passwdqc]",
      "apt[apt-show-versions]",
      `sshd[${SSHD}]`,
      `kernel[${KERNEL}]`,
      "command[passwords are locked]",
      "file[/etc/modprobe.d/quintet.conf]",
      "line[UMASK 027]",
      "line[PASS_MAX_DAYS 365]",
      "line[PASS_MIN_DAYS 1]",
      "line[YESCRYPT_COST_FACTOR 8]",
      "line[SHA_CRYPT_MIN_ROUNDS 65536]",
      "line[FAILLOG_ENAB yes]",
      "file[/etc/security/limits.d/quintet.conf]",
      "file[/etc/systemd/coredump.conf.d/quintet.conf]",
      "file[/etc/profile.d/quintet.sh]",
      "directory[/etc/cron.daily]",
      "file[/etc/issue]",
      "file[/etc/issue.net]",
      "file[/etc/apt/apt.conf.d/60quintet]",
      "service[apt-daily.timer]",
      "service[apt-daily-upgrade.timer]",
    ]);
    expect(said.opens).toEqual([]);
  });

  test("limits what sshd may say where everyone may try to log in", () => {
    const dropIn = "file[/etc/systemd/system/ssh.service.d/quintet.conf]";
    const open = say(
      hardening(),
      fiveWith((yaml) => yaml.replace(/^control:.*$/m, "")),
      "db-01",
    );
    expect(open.content(dropIn)).toContain("LogRateLimitBurst=20");
    expect(open.notified(dropIn)).toEqual(["restart ssh"]);
    expect(say(hardening(), five, "db-01").ids).not.toContain(dropIn);
  });

  test.skipIf(!canSandbox)("writes SSH settings that sshd accepts", async () => {
    const folder = mkdtempSync(join(tmpdir(), "quintet-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
    // The OpenSSH on this computer may be too old for the newest key exchanges.
    const settings = say(hardening(), five, "db-01")
      .content(`sshd[${SSHD}]`)
      .replace("mlkem768x25519-sha256,sntrup761x25519-sha512,", "");
    writeFileSync(join(folder, "conf"), settings);
    // sshd needs /run/sshd even to print its settings. The directory exists only while the ssh service runs.
    const shown = 'mkdir -p /run/sshd && exec /usr/sbin/sshd -T -f "$0/conf" -h "$0/key"';
    const child = sandbox().spawn(["sh", "-c", shown, folder]);
    const effective = (await child.stdout.toArray()).join("");
    expect(effective).toMatch(/^permitrootlogin no$/m);
    expect(effective).toMatch(/^authenticationmethods publickey$/m);
    expect(effective).toMatch(/^allowtcpforwarding no$/m);
  });

  test("allows forwarding on a machine that is a gateway", () => {
    const open = fiveWith((yaml) => `${yaml}\nvars: { hardening: { forwarding: true } }\n`);
    expect(say(hardening(), open, "db-01").content(`sshd[${SSHD}]`)).toContain("AllowTcpForwarding local\n");
  });

  test("prefers the inventory's kernel settings to its own", () => {
    const own = fiveWith(
      (yaml) => `${yaml}\nvars: { hardening: { kernel: { kernel.sysrq: 1, vm.swappiness: 10 } } }\n`,
    );
    const file = say(hardening(), own, "db-01").content(`kernel[${KERNEL}]`);
    expect(file).toContain("-kernel.sysrq = 1\n");
    expect(file).not.toContain("-kernel.sysrq = 0\n");
    expect(file).toContain("-vm.swappiness = 10\n");
  });

  describe("has smoke tests that", () => {
    const [ssh, replaced] = say(hardening(), five, "web-01").smokeTests;
    const effective = "permitrootlogin no, passwordauthentication no, kbdinteractiveauthentication no";

    test("name a machine that accepts passwords", async () => {
      expect(await ssh?.run(fakeProbe(five, { run: () => effective }))).toBe("5 machines");
      const other = fakeProbe(five, {
        run: ({ name }) =>
          name === "db-02"
            ? effective.replace("passwordauthentication no", "passwordauthentication yes")
            : effective,
      });
      await expect(ssh?.run(other)).rejects.toThrow(/found db-02 .*passwordauthentication yes/);
    });

    test("name units that need a restart, without failing", async () => {
      expect(await replaced?.run(fakeProbe(five, { run: () => "" }))).toBe("5 machines");
      const due = fakeProbe(five, {
        run: ({ name }) => (name === "web-01" ? "haproxy.service\nnginx.service\n" : ""),
      });
      expect(await replaced?.run(due)).toBe("restart due: web-01 haproxy.service, nginx.service");
    });
  });
});
