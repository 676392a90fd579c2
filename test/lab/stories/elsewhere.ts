import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LAB_KEYS } from "../../../engine/ssh/target.ts";
import { knownHosts, labKey } from "../../../lab/index.ts";
import { Home } from "../../helpers/home.ts";
import { provision as asVagrant, hosts, inside, inventoryWith, readRun, run, start } from "../machines.ts";

const GATEWAY = "192.168.56.11";

/**
 * Machines that come neither from Vagrant nor from the lab. They have another user, another port, the user's own key,
 * and a gateway in front. All of that is in ~/.ssh/config, and nothing in the inventory.
 */
export function elsewhere(): void {
  describe("plain hosts behind a gateway", () => {
    const home = new Home();
    // The firewall must allow SSH from the gateway, and on the other port.
    const prepared = inventoryWith(
      (yaml) =>
        `${yaml.replace("control: [", `control: [${GATEWAY}, `)}\nvars: { firewall: { sshPorts: [22, 2222] }, hardening: { forwarding: true } }\n`,
    );
    const inventory = inventoryWith(
      (yaml) =>
        yaml
          .replace(/^ssh:\n {2}user: vagrant\n/m, "")
          .replace(/^( {2})((?:web|db)-\d+): \{ address/gm, "$1$2: { ssh: { host: $2.plain }, address"),
      prepared,
    );
    // The lab's own keys are hidden, so that only ~/.ssh/config leads to its machines.
    const hidden = `mount -t tmpfs none '${resolve(LAB_KEYS)}'`;
    const asUser = { home, before: hidden };

    beforeAll(async () => {
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", home.path(".ssh/ops")]);
      home.write(".ssh/config", config());
      const key = readFileSync(home.path(".ssh/ops.pub"), "utf8").trim();
      await Promise.all(hosts.map(({ name }) => inside(name, admit(key))));
      expect((await asVagrant("-i", prepared, "--role", "firewall,hardening")).exitCode).toBe(0);
    });

    afterAll(async () => {
      expect((await asVagrant("--role", "firewall,hardening")).exitCode).toBe(0);
      await Promise.all(hosts.map(({ name }) => inside(name, dismiss)));
      for (const { address } of hosts) await run("scripts/ssh.ts", "--forget", `[${address}]:2222`);
      expect(readFileSync(knownHosts, "utf8")).not.toContain("2222");
    });

    test("cannot be reached without the gateway", async () => {
      const ran = await provision("--check", "--limit", "web-02");
      expect(ran.exitCode).toBe(0);
      home.write(".ssh/config", config().replace("ProxyJump gate", ""));
      const direct = await provision("--check", "--limit", "web-02");
      home.write(".ssh/config", config());
      expect([direct.exitCode, direct.events]).toEqual([
        4,
        expect.arrayContaining([
          expect.objectContaining({ host: "web-02", problem: expect.stringContaining("refuses ops with") }),
        ]),
      ]);
    });

    test("are provisioned over one shared connection to the gateway", async () => {
      await inside("web-02", "rm /etc/nginx/unavailable.html");
      const logins = "journalctl --unit ssh --grep 'Accepted publickey for vagrant' --output cat | wc -l";
      const before = Number(await inside("web-01", logins));
      const ran = await provision();
      expect(ran.exitCode).toBe(0);
      expect(ran.changed).toEqual(["web-02 nginx file[/etc/nginx/unavailable.html]"]);
      expect(Number(await inside("web-01", logins)) - before).toBe(1);
    });

    test("can be logged in to and smoke-tested through the gateway too", async () => {
      const login = await start(
        "scripts/ssh.ts",
        ["-i", inventory, "db-02", "id -un; echo $SSH_CONNECTION"],
        asUser,
      ).done;
      expect(login.stdout).toMatch(new RegExp(`^ops\n${GATEWAY} \\d+ 192\\.168\\.56\\.15 2222\n$`));
      const { exitCode, stdout } = await start("scripts/smoke.ts", ["-i", inventory, "--gentle"], asUser)
        .done;
      expect([exitCode, stdout]).toEqual([0, expect.stringContaining("smoke tests passed")]);
    });

    async function provision(...flags: string[]) {
      const { child, done } = start("scripts/provision.ts", ["--json", "-i", inventory, ...flags], asUser);
      child.stdin.end();
      return readRun(await done);
    }
  });
}

// --- internal ---

const config = () => `
Host gate
  HostName ${GATEWAY}
  User vagrant
  IdentityFile ${labKey}
${hosts.map(({ name, address }) => `Host ${name}.plain\n  HostName ${address}`).join("\n")}
Host *.plain
  User ops
  Port 2222
  IdentityFile ~/.ssh/ops
  ProxyJump gate
`;

/** Starts a second SSH server that admits only the user ops, and only from the gateway. */
const admit = (key: string) => `
  useradd --create-home --shell /bin/sh ops
  echo 'ops ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/ops
  install -d -o ops -m 0700 /home/ops/.ssh
  echo '${key}' >/home/ops/.ssh/authorized_keys
  chown ops /home/ops/.ssh/authorized_keys
  systemd-run --quiet --unit sshd-2222 /usr/sbin/sshd -D -p 2222 -o AllowUsers=ops@${GATEWAY} -o PidFile=none`;

const dismiss = `
  systemctl stop sshd-2222
  rm /etc/sudoers.d/ops
  loginctl terminate-user ops 2>/dev/null || true
  userdel --force --remove ops 2>/dev/null || [ $? = 12 ]`;
