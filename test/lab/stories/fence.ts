import type { ChildProcess } from "node:child_process";
import { describe, expect, test } from "vitest";
import { eventually, inside, inventoryWith, lab, provision, smoke, start, visit } from "../machines.ts";

/** The firewall. What happens if rules would lock the control machine out, or if someone changes rules by hand. */
export function fence(): void {
  describe("a firewall", () => {
    // The address of another computer. With these rules this computer could not log in any more.
    const elsewhere = inventoryWith(
      (yaml) =>
        `${yaml.replace(/^control: .*$/m, "control: [192.168.56.99]")}\nvars: { firewall: { trialSeconds: 30 } }\n`,
    );
    const rules = (host: string) => inside(host, "nft --stateless list table inet quintet | sha256sum");

    test("that would lock this computer out is rolled back at once, and the host says why", async () => {
      const before = await rules("web-02");
      const ran = await provision("-i", elsewhere, "--limit", "web-02", "--role", "firewall");
      expect(ran.exitCode).toBe(3);
      expect(ran.events.find(({ type }) => type === "failed")).toMatchObject({
        resource: "ruleset[/etc/nftables.conf]",
        output: expect.stringMatching(/old rules are back[\s\S]*"control"/),
      });
      expect(await rules("web-02")).toBe(before);
      expect((await provision("--limit", "web-02")).changed).toEqual([]);
    });

    const onTrial = async (gone: (child: ChildProcess) => unknown) => {
      const before = await rules("web-02");
      const flags = ["--json", "-i", elsewhere, "--limit", "web-02", "--role", "firewall"];
      const { child, done } = start("scripts/provision.ts", flags);
      await eventually(20, async () => expect(await rules("web-02")).not.toBe(before));
      await gone(child);
      child.kill("SIGKILL");
      await done;
      return before;
    };

    test("on trial is rolled back if this computer's process ends", async () => {
      const before = await onTrial(() => undefined);
      await eventually(10, async () => expect(await rules("web-02")).toBe(before));
    });

    test("on trial is rolled back by the host itself if it is cut off, and the next run gets the lock", async () => {
      const before = await onTrial(() => lab.cut(["web-02"]));
      await eventually(90, async () => expect(await rules("web-02")).toBe(before));
      await lab.heal();
      expect((await provision("--limit", "web-02", "--lock-wait", "60")).changed).toEqual([]);
    });

    test.each([
      [
        "a rule was added by hand",
        "nft insert rule inet quintet input tcp dport 3306 accept",
        "ruleset[/etc/nftables.conf]",
      ],
      ["the rules were removed", "nft delete table inet quintet", "ruleset[/etc/nftables.conf]"],
      ["nftables was stopped, which leaves the rules", "systemctl stop nftables", "service[nftables]"],
    ])("%s: the plan names it, and the run restores it", async (_what, deed, resource) => {
      const before = await rules("db-01");
      await inside("db-01", deed);
      const plan = await provision("--check", "--limit", "db-01");
      const ran = await provision("--limit", "db-01");
      expect([plan.changed, ran.changed]).toEqual([
        [`db-01 firewall ${resource}`],
        [`db-01 firewall ${resource}`],
      ]);
      expect(await rules("db-01")).toBe(before);
    });

    test("whose rules cannot be loaded at boot leaves the machine closed but for SSH, and the public address elsewhere", async () => {
      await inside("web-01", "echo nonsense >>/etc/nftables.conf");
      await lab.stop(["web-01"]);
      await lab.start(["web-01"]);
      const open = await inside(
        "web-02",
        'for port in 22 53 80 443 8443; do ! timeout 2 bash -c "exec 3<>/dev/tcp/192.168.56.11/$port" 2>/dev/null || echo $port; done',
      );
      const state = await inside(
        "web-01",
        "systemctl is-active nftables keepalived quintet-closed haproxy || :; ip -br addr | grep -c 192.168.56.10/ || :",
      );
      expect([open, state]).toEqual(["", "failed\ninactive\nactive\nactive\n0"]);
      await eventually(60, async () => expect((await visit()).status).toBe(200));

      const repaired = ["ruleset[/etc/nftables.conf]", "service[nftables]"].map(
        (what) => `web-01 firewall ${what}`,
      );
      const plan = await provision("--check", "--limit", "web-01");
      expect(plan.changed).toEqual([...repaired, "web-01 keepalived service[keepalived]"]);
      const ran = await provision("--limit", "web-01");
      expect([ran.exitCode, ran.changed]).toEqual([0, plan.changed]);
      await eventually(60, () => smoke("--gentle"));
    });

    test("has its rules back after a reboot", async () => {
      const before = await rules("db-02");
      await lab.stop(["db-02"]);
      await lab.start(["db-02"]);
      expect(await rules("db-02")).toBe(before);
      await eventually(60, () => smoke("--gentle"));
    });
  });
}
