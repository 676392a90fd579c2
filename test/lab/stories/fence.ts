import type { ChildProcess } from "node:child_process";
import { describe, expect, test } from "vitest";
import { eventually, inside, inventoryWith, lab, provision, smoke, start } from "../machines.ts";

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
      ["a rule was added by hand", "nft insert rule inet quintet input tcp dport 3306 accept"],
      ["the rules were removed", "nft delete table inet quintet"],
      ["nftables was stopped", "systemctl stop nftables"],
    ])("%s: the plan names it, and the run restores the rules", async (_what, deed) => {
      const before = await rules("db-01");
      await inside("db-01", deed);
      const plan = await provision("--check", "--limit", "db-01");
      const ran = await provision("--limit", "db-01");
      expect(ran.changed).toContain("db-01 firewall ruleset[/etc/nftables.conf]");
      expect(ran.changed).toEqual(plan.changed);
      expect(await rules("db-01")).toBe(before);
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
