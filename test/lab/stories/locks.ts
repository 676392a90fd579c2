import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { knownHosts, labKey } from "../../../lab/index.ts";
import { inside, inventoryWith, provision, run, start } from "../machines.ts";

const SSHD = "/etc/ssh/sshd_config.d/10-quintet.conf";

/** Who can log in to a machine, and what a machine allows. */
export function locks(): void {
  describe("logging in to a machine", () => {
    beforeAll(async () => {
      const key = readFileSync(`${labKey}.pub`, "utf8").trim();
      await inside("web-02", `install -d -m 0700 /root/.ssh; echo '${key}' >/root/.ssh/authorized_keys`);
    });
    afterAll(() => inside("web-02", "rm /root/.ssh/authorized_keys"));

    test.each([
      ["as root, with a key in root's authorized_keys,", "root", []],
      ["with a password", "vagrant", ["-o", "PreferredAuthentications=password", "-o", "BatchMode=no"]],
    ])("%s is refused", (_what, user, options) => {
      const { status, stderr } = ssh(user, ...options);
      expect([status, stderr]).toEqual([255, expect.stringContaining("Permission denied (publickey)")]);
      expect(ssh("vagrant").status).toBe(0);
    });

    test("still works after a run with settings that would lock it out, and the host says why it rolled them back", async () => {
      const asRoot = inventoryWith((yaml) =>
        yaml.replace(/^( {2}web-02): \{ /m, "$1: { ssh: { user: root }, "),
      );
      await inside("web-02", `rm ${SSHD}; systemctl reload ssh`);
      const ran = await provision("-i", asRoot, "--limit", "web-02", "--role", "hardening");
      expect(ran.exitCode).toBe(3);
      expect(ran.events.find(({ type }) => type === "failed")).toMatchObject({
        resource: `sshd[${SSHD}]`,
        output: expect.stringMatching(/the old settings are back[\s\S]*They refuse root/),
      });
      expect(
        await inside("web-02", `ls ${SSHD} 2>/dev/null; systemctl is-active quintet-sshd.timer || :`),
      ).toBe("inactive");
      expect(ssh("root").status).toBe(0);
      expect((await provision("--limit", "web-02")).changed).toEqual([`web-02 hardening sshd[${SSHD}]`]);
      expect(ssh("root").status).toBe(255);
    });

    test("keeps its settings after a killed run: the next run tries them again, and no timer rolls them back", async () => {
      await inside("web-02", `rm ${SSHD}; systemctl reload ssh`);
      const { child, done } = start("scripts/provision.ts", ["--json", "--limit", "web-02"]);
      child.stdout.on("data", (said) => String(said).includes('"start"') && child.kill("SIGKILL"));
      await done;
      const next = await provision("--limit", "web-02", "--lock-wait", "60");
      expect(next.changed).toEqual([`web-02 hardening sshd[${SSHD}]`]);
      expect(
        await inside("web-02", "systemctl is-active quintet-sshd.timer; ls /run/quintet | grep trial || :"),
      ).toBe("inactive");
      expect((await provision("--limit", "web-02")).changed).toEqual([]);
    });

    test("still works after a run with settings that sshd refuses, and they are not kept", async () => {
      await inside("web-02", "echo nonsense >/etc/ssh/sshd_config.d/99-by-hand.conf");
      await inside("web-02", `echo '# by hand' >>${SSHD}`);
      const ran = await provision("--limit", "web-02", "--role", "hardening");
      expect(ran.events.find(({ type }) => type === "failed")).toMatchObject({
        output: expect.stringContaining("99-by-hand.conf"),
      });
      expect(await inside("web-02", `tail -n1 ${SSHD}`)).toBe("# by hand");
      expect(ssh("vagrant").status).toBe(0);
      await inside("web-02", "rm /etc/ssh/sshd_config.d/99-by-hand.conf");
      expect((await provision("--limit", "web-02")).changed).toEqual([`web-02 hardening sshd[${SSHD}]`]);
    });
  });

  test("the plan names what was changed by hand on a machine, and the run restores it", async () => {
    await inside(
      "db-02",
      "sysctl -q -w net.ipv4.conf.all.accept_redirects=1; usermod --password $(openssl passwd -6 vagrant) vagrant",
    );
    const wrong = [
      "db-02 hardening command[passwords are locked]",
      "db-02 hardening kernel[/etc/sysctl.d/50-quintet.conf]",
    ];
    expect((await provision("--check", "--limit", "db-02")).changed).toEqual(wrong);
    expect((await provision("--limit", "db-02")).changed).toEqual(wrong);
    expect(await inside("db-02", "sysctl -n net.ipv4.conf.all.accept_redirects; passwd -S vagrant")).toMatch(
      /^0\nvagrant L /,
    );
    expect((await provision("--limit", "db-02")).changed).toEqual([]);
  });

  test("the audit's fast checks find nothing bad", async () => {
    const { exitCode, stdout } = await run("scripts/audit.ts", "--only", "tls,sandboxes,logins", "--json");
    const checks: Record<string, Finding[]> = JSON.parse(stdout).checks;
    expect(Object.keys(checks)).toEqual(["tls", "sandboxes", "logins"]);
    const findings = Object.values(checks).flat();
    expect(findings.filter(({ verdict }) => verdict !== "ok")).toEqual([]);
    expect(findings.length).toBeGreaterThan(30);
    expect(exitCode).toBe(0);
  });
}

// --- internal ---

interface Finding {
  readonly verdict: "ok" | "bad" | "left out";
}

/** Logs in with OpenSSH's client, as anybody would. */
function ssh(user: string, ...options: string[]) {
  const known = ["-o", `UserKnownHostsFile=${knownHosts}`, "-o", "ConnectTimeout=5"];
  const once = ["-o", "NumberOfPasswordPrompts=0", "-o", "IdentitiesOnly=yes", "-i", labKey];
  return spawnSync(
    "ssh",
    [...options, "-o", "BatchMode=yes", ...known, ...once, `${user}@192.168.56.12`, "true"],
    {
      encoding: "utf8",
    },
  );
}
