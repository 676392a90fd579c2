import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Inventory } from "../../engine/model/inventory/index.ts";
import { hostPlanFor } from "../../engine/plan/host-plan.ts";
import { Text } from "../../engine/template/text.ts";
import { firewall } from "../../roles/firewall/index.ts";
import { tableOf } from "../../roles/firewall/table.ts";
import site from "../../site.ts";
import { testInputs } from "../helpers/plan-inputs.ts";
import { five, fiveWith, say, six, withWeb04 } from "../helpers/role-context.ts";
import { canSandbox } from "../helpers/sandbox.ts";

/** The rules of a host, as lines without their comments. */
function rulesOf(inventory: Inventory, name: string): string[] {
  return source(inventory, name)
    .split("\n")
    .map((line) => line.replace(/ comment ".*"$/, "").trim());
}

function source(inventory: Inventory, name: string): string {
  const host = inventory.hosts.find((one) => one.name === name);
  if (!host) throw new Error(`no ${name}`);
  const { resources } = hostPlanFor(host, [firewall()], testInputs({ site, inventory }));
  const found = resources.find(({ resource }) => resource.id === "ruleset[/etc/nftables.conf]");
  return found?.resource.content instanceof Text ? found.resource.content.reveal() : "";
}

const accepted = (rules: readonly string[], port: number) =>
  rules.filter((rule) => rule.includes(`tcp dport ${port} `) && rule.endsWith("accept"));

describe("the rules of a host", () => {
  test("allow only MySQL's clients to connect to it", () => {
    expect(accepted(rulesOf(five, "db-01"), 3306)).toEqual([
      "ip saddr { 192.168.56.11, 192.168.56.12, 192.168.56.13 } ip daddr 192.168.56.14 tcp dport 3306 accept",
      "ip saddr { 192.168.56.15 } ip daddr 192.168.56.14 tcp dport 3306 accept",
      "ip daddr 192.168.56.15 tcp dport 3306 accept",
    ]);
  });

  test("allow a web server to connect to both databases, and a separate balancer to none", () => {
    expect(accepted(rulesOf(five, "web-02"), 3306)).toEqual([
      "ip daddr 192.168.56.14 tcp dport 3306 accept",
      "ip daddr 192.168.56.15 tcp dport 3306 accept",
    ]);
    expect(accepted(rulesOf(six, "lb-01"), 3306)).toEqual([]);
  });

  test("allow SSH from `control`, to any address of the host", () => {
    expect(accepted(rulesOf(five, "db-02"), 22)).toEqual([
      "ip saddr { 192.168.56.1, 10.0.2.2, 192.168.121.1, 10.211.55.2 } tcp dport 22 accept",
    ]);
    const anywhere = fiveWith((yaml) => yaml.replace(/^control: .*$/m, ""));
    expect(accepted(rulesOf(anywhere, "db-02"), 22)).toEqual(["tcp dport 22 accept"]);
  });

  test("follow the inventory's ports, and its new machines", () => {
    const moved = fiveWith((yaml) => `${withWeb04(yaml)}\nvars: { nginx: { port: 8081 } }\n`);
    expect(accepted(rulesOf(moved, "web-01"), 8081)[0]).toBe(
      "ip saddr { 192.168.56.12, 192.168.56.13, 192.168.56.24 } ip daddr 192.168.56.11 tcp dport 8081 accept",
    );
    expect(accepted(rulesOf(moved, "web-01"), 8443)).toEqual([]);
  });

  test("accept packets of older connections before they reject anything", () => {
    const rules = rulesOf(five, "db-01");
    const older = rules.indexOf("tcp flags & (syn | ack) != syn accept");
    expect(older).toBeGreaterThan(0);
    expect(rules.indexOf("meta l4proto tcp counter reject with tcp reset")).toBeGreaterThan(older);
  });

  test("drop everything else, in every direction", () => {
    expect(rulesOf(five, "web-01").filter((rule) => rule.includes("priority filter"))).toEqual([
      "type filter hook input priority filter; policy drop;",
      "type filter hook forward priority filter; policy drop;",
      "type filter hook output priority filter; policy drop;",
    ]);
  });
});

describe("what needs no state", () => {
  const untracked = (inventory: Inventory, name: string) =>
    rulesOf(inventory, name).filter((rule) => rule.includes("notrack"));

  test("is the loopback, VRRP, and questions to this host's name server with their answers", () => {
    expect(untracked(five, "web-01")).toEqual([
      "iif lo notrack",
      "ip protocol vrrp notrack",
      "ip daddr 192.168.56.10 udp dport 53 notrack",
      "ip daddr 192.168.56.11 udp dport 53 notrack",
      "oif lo notrack",
      "ip protocol vrrp notrack",
      "ip saddr 192.168.56.10 udp sport 53 notrack",
      "ip saddr 192.168.56.11 udp sport 53 notrack",
    ]);
  });

  test("is the loopback alone on a host without them, whose own questions are tracked", () => {
    expect(untracked(five, "db-01")).toEqual(["iif lo notrack", "oif lo notrack"]);
    expect(rulesOf(five, "db-01").filter((rule) => rule.includes("sport 53"))).toEqual([]);
  });

  test("goes out from the service's own port, and comes in by the rule for it: nothing is open by its source port", () => {
    expect(rulesOf(five, "web-01").filter((rule) => rule.includes("untracked accept"))).toEqual([
      "ip saddr 192.168.56.10 udp sport 53 ct state untracked accept",
      "ip saddr 192.168.56.11 udp sport 53 ct state untracked accept",
    ]);
    const rules = rulesOf(five, "web-01");
    const input = rules.slice(rules.indexOf("chain input {"), rules.indexOf("chain forward {"));
    expect(input.filter((rule) => /sport (?!67|547)/.test(rule))).toEqual([]);
    expect(input).toContain("ip daddr 192.168.56.11 udp dport 53 accept");
  });
});

describe("connections that the kernel keeps track of", () => {
  const settings = (inventory: Inventory, given = {}) =>
    say(firewall(given), inventory, "web-01")
      .content("kernel[/etc/sysctl.d/60-quintet-tracking.conf]")
      .split("\n")
      .slice(1, 3);
  const memory = (megabytes: number) =>
    fiveWith((yaml) => yaml.replace("memory: 672 #", `memory: ${megabytes} #`));

  test.each([
    [672, 172_032, 172_032],
    [675, 173_056, 172_800],
    [1024, 262_144, 262_144],
    [65_536, 262_144, 262_144],
  ])(
    "on %i MiB take a tenth of it, and never less than the kernel's own on a big machine",
    (megabytes, lists, most) => {
      expect(settings(memory(megabytes))).toEqual([
        `-net.netfilter.nf_conntrack_buckets = ${lists}`,
        `-net.netfilter.nf_conntrack_max = ${most}`,
      ]);
    },
  );

  test("are as many as a variable says", () => {
    expect(settings(five, { connections: 500_000 })[1]).toBe("-net.netfilter.nf_conntrack_max = 500000");
  });

  test("have their module at boot before systemd-sysctl", () => {
    expect(say(firewall(), five, "web-01").file("/etc/modules-load.d/quintet.conf")).toMatch(
      /^nf_conntrack$/m,
    );
  });
});

const canLoad = canSandbox && spawnSync("nft", ["--version"]).status === 0;

describe.skipIf(!canLoad).each([
  ["five", five],
  ["six", six],
])("nftables, for the inventory %s", (_name, inventory) => {
  test.each(inventory.hosts.map(({ name }) => name))(
    "loads the rules of %s twice with the same result",
    (name) => {
      const dir = mkdtempSync(join(tmpdir(), "quintet-"));
      onTestFinished(() => rmSync(dir, { recursive: true }));
      // This computer may lack accounts that packages make on the machines.
      writeFileSync(join(dir, "rules"), source(inventory, name).replace(/systemd-timesync/g, "nobody"));
      const script = `nft -f ${dir}/rules && nft -s list table inet quintet >${dir}/a && nft -f ${dir}/rules && nft -s list table inet quintet | cmp - ${dir}/a`;
      expect(spawnSync("unshare", ["--net", "sh", "-c", script], { encoding: "utf8" })).toMatchObject({
        status: 0,
        stderr: "",
      });
    },
  );
});

describe.skipIf(!canLoad)("a machine whose rules cannot be loaded", () => {
  const close = say(firewall(), five, "web-01").file("/usr/local/lib/quintet/close-firewall");

  /** Runs shell with the script `close` in a network of its own, where `/run` is a folder of its own. */
  const run = (shell: string) => {
    const dir = mkdtempSync(join(tmpdir(), "quintet-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    writeFileSync(join(dir, "close"), close);
    const script = `mount -t tmpfs none /run && cd ${dir} && ${shell}`;
    return spawnSync("unshare", ["--net", "--mount", "sh", "-c", script], { encoding: "utf8" });
  };

  test("is closed by the script but for SSH from `control`, and says so to keepalived", () => {
    const { status, stdout, stderr } = run("sh ./close && ls /run && nft -s list table inet quintet");
    expect([status, stderr]).toEqual([0, ""]);
    const [flag, ...rules] = stdout.split("\n").map((line) => line.replace(/ comment ".*"$/, "").trim());
    expect(flag).toBe("quintet-closed");
    expect(rules.filter((rule) => rule.includes("policy"))).toEqual([
      "type filter hook input priority filter; policy drop;",
      "type filter hook forward priority filter; policy drop;",
      "type filter hook output priority filter; policy drop;",
    ]);
    expect(rules.filter((rule) => /dport/.test(rule) && /tcp/.test(rule))).toEqual([
      "ip saddr { 10.0.2.2, 10.211.55.2, 192.168.56.1, 192.168.121.1 } tcp dport 22 accept",
    ]);
  });

  test("keeps rules that it has: the script does nothing then", () => {
    const { status, stdout } = run(
      "nft add table inet quintet && sh ./close && ls /run && nft -s list table inet quintet",
    );
    expect([status, stdout.replaceAll(/\s/g, "")]).toEqual([0, "tableinetquintet{}"]);
  });
});

describe("the table", () => {
  const rows = (inventory: Inventory) =>
    tableOf(testInputs({ site, inventory }).traffic(), inventory).map(
      ({ from, to, port }) => `${from} -> ${to} ${port}`,
    );

  test("says who may connect to whom, each line once", () => {
    expect(rows(six)).toMatchInlineSnapshot(`
      [
        "control (192.168.56.1, 10.0.2.2, 192.168.121.1, 10.211.55.2) -> all 22/tcp",
        "everyone -> public address 192.168.56.10 443/tcp",
        "everyone -> public address 192.168.56.10 80/tcp",
        "control (192.168.56.1, 10.0.2.2, 192.168.121.1, 10.211.55.2) -> balancer 8404/tcp",
        "everyone -> public address 192.168.56.10, lb-01 53/udp",
        "everyone -> public address 192.168.56.10, lb-01 53/tcp",
        "database -> web-01, web-02, web-03 2379/tcp",
        "quorum -> web-01, web-02, web-03 2379/tcp",
        "quorum -> web-01, web-02, web-03 2380/tcp",
        "balancer -> web-01, web-02, web-03 8443/tcp",
        "control (192.168.56.1, 10.0.2.2, 192.168.121.1, 10.211.55.2) -> web-01, web-02, web-03 8443/tcp",
        "web -> database 3306/tcp",
        "database -> database 3306/tcp",
        "control (192.168.56.1, 10.0.2.2, 192.168.121.1, 10.211.55.2) -> database 8405/tcp",
        "database -> database 8405/tcp",
        "balancer -> database 8405/tcp",
        "all -> outside 80/tcp",
        "all -> outside 443/tcp",
        "all -> outside 53/udp",
        "all -> outside 53/tcp",
        "all -> outside 123/udp",
      ]
    `);
  });

  test("in the docs is up to date", () => {
    const page = readFileSync("docs/use/firewall.md", "utf8");
    const made = spawnSync("node", ["--import", "tsx", "scripts/firewall.ts", "--markdown"], {
      encoding: "utf8",
    });
    expect(page).toContain(made.stdout.trim());
  });
});
