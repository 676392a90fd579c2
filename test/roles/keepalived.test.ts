import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import type { Inventory } from "../../engine/model/inventory/index.ts";
import { keepalived } from "../../roles/keepalived/index.ts";
import { fakeProbe } from "../helpers/probe.ts";
import { five, fiveWith, say, six, withWeb04 } from "../helpers/role-context.ts";

const CONF = "/etc/keepalived/keepalived.conf";
const UNIT = "/etc/systemd/system/keepalived.service.d/quintet.conf";
const FIND = "/usr/local/lib/keepalived/find-interface";
const ANSWERS = "/usr/local/lib/keepalived/haproxy-answers";
const RESET = "/usr/local/lib/keepalived/reset-connections";

describe("role keepalived", () => {
  test("has everything that the trial of the configuration needs before the configuration", () => {
    expect(say(keepalived(), five, "web-01").ids).toEqual([
      "file[/etc/systemd/system/keepalived.service.d/quintet.conf]",
      "apt[keepalived]",
      "user[keepalived_script]",
      `file[${FIND}]`,
      `file[${ANSWERS}]`,
      `file[${RESET}]`,
      `file[${CONF}]`,
      "service[keepalived]",
    ]);
  });

  test("gives HAProxy less than four intervals for an answer, and watches it for most of one", () => {
    const slow = fiveWith((yaml) => `${yaml}\nvars: { keepalived: { checkSeconds: 3 } }\n`);
    const said = say(keepalived(), slow, "web-01");
    expect(said.file(ANSWERS)).toMatch(/\$left = 10\.8;[\s\S]*0, 2\.4\);/);
    expect(said.file(CONF)).toMatch(/interval 3\n +timeout 15\n/);
  });

  test("waits longer for every sign of life if `patience` says so, and never longer than VRRP can say", () => {
    const patient = (yaml: string) => `${yaml}\nvars: { base: { patience: 10 } }\n`;
    const said = say(keepalived(), fiveWith(patient), "web-01");
    expect(said.file(CONF)).toMatch(/interval 5\n +timeout 25\n/);
    expect(said.file(CONF)).toContain("advert_int 2\n");
    expect(said.file(RESET)).toContain("sleep 2\n");
    const most = fiveWith(
      (yaml) => `${yaml}\nvars: { base: { patience: 10 }, keepalived: { advertSeconds: 30 } }\n`,
    );
    expect(say(keepalived(), most, "web-01").file(CONF)).toContain("advert_int 40\n");
  });

  test("has programs that their interpreters can read", () => {
    const said = say(keepalived(), five, "web-02");
    const wrong = (interpreter: string, flag: string, file: string) =>
      spawnSync(interpreter, [flag], { input: said.file(file) }).status;
    expect([wrong("perl", "-c", ANSWERS), wrong("sh", "-n", RESET), wrong("sh", "-n", FIND)]).toEqual([
      0, 0, 0,
    ]);
  });

  test("writes this configuration", () => {
    expect(say(keepalived(), five, "web-02").file(CONF)).toMatchInlineSnapshot(`
      "# Written by Quintet (role keepalived); changes made here are overwritten.

      # INTERFACE is the one that has this machine's address. It is found each time keepalived starts.
      includer /run/keepalived/interface.conf

      global_defs {
          router_id web-02
          enable_script_security
          script_user keepalived_script
          vrrp_version 3
          vrrp_garp_master_delay 1
          vrrp_garp_master_repeat 5
          vrrp_garp_master_refresh 30
      }
      # Fails at once if HAProxy is gone. If it is only slow because its machine is busy, it gets longer: if all were taken
      # for dead, no balancer would have the address.
      vrrp_script haproxy {
          script "/usr/local/lib/keepalived/haproxy-answers"
          interval 0.5
          timeout 2.5
          fall 1
          rise 2
          init_fail
      }

      vrrp_instance public {
          state BACKUP
          nopreempt
          interface $INTERFACE
          virtual_router_id 51
          priority 244
          advert_int 0.2
          unicast_src_ip 192.168.56.12
          unicast_peer {
              192.168.56.11 min_ttl 255 max_ttl 255 # web-01
              192.168.56.13 min_ttl 255 max_ttl 255 # web-03
          }
          virtual_ipaddress {
              192.168.56.10/32 dev $INTERFACE
          }
          track_script {
              haproxy
          }
          notify_backup "/usr/local/lib/keepalived/reset-connections" root
          notify_fault "/usr/local/lib/keepalived/reset-connections" root
      }
      "
    `);
  });

  test("gives each balancer another priority", () => {
    const inventory = fiveWith(withWeb04);
    const priorities = (inventory.groups["balancer"] ?? []).map(
      ({ name }) => /priority (\d+)/.exec(say(keepalived(), inventory, name).file(CONF))?.[1],
    );
    expect(priorities).toEqual(["254", "244", "234", "224"]);
  });

  test("makes all other balancers the peers of each balancer", () => {
    const peers = (inventory: Inventory, name: string) =>
      say(keepalived(), inventory, name)
        .file(CONF)
        .match(/[\d.]+(?= min_ttl)/g);
    expect(peers(five, "web-01")).toEqual(["192.168.56.12", "192.168.56.13"]);
    expect(peers(fiveWith(withWeb04), "web-01")).toEqual(["192.168.56.12", "192.168.56.13", "192.168.56.24"]);
    expect(peers(six, "lb-01")).toBeNull();
  });

  test("leaves the address of a single balancer where it is, and opens nothing for peers", () => {
    const said = say(keepalived(), six, "lb-01");
    expect(said.file(CONF)).not.toMatch(/unicast|track|notify/);
    expect(said.file(UNIT)).not.toContain("ExecStopPost");
    expect(said.opens).toEqual([]);
    expect(say(keepalived(), five, "web-01").opens).toMatchObject([{ protocol: "vrrp", from: ["balancer"] }]);
  });

  test("finds the interface by the machine's own address", () => {
    expect(say(keepalived(), five, "web-02").file(FIND)).toContain("show to 192.168.56.12/32");
  });
});

describe("smoke test of the public address", () => {
  const [smokeTest] = say(keepalived(), five, "web-01").smokeTests;
  const heldBy = (...names: string[]) =>
    fakeProbe(five, { run: ({ name }) => (names.includes(name) ? "2: eth1 inet 192.168.56.10/32" : "") });

  test("passes if one machine has it", async () => {
    await expect(smokeTest?.run(heldBy("web-02"))).resolves.toBe("on web-02");
  });

  test.each([
    [[], "it is on no machine"],
    [["web-01", "web-03"], "it is on web-01, web-03"],
  ])("fails if it is on the machines %j", async (names, message) => {
    await expect(smokeTest?.run(heldBy(...names))).rejects.toThrow(message);
  });
});
