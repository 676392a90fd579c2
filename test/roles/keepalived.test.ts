import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import type { Inventory } from "../../engine/model/inventory/index.ts";
import { keepalived } from "../../roles/keepalived/index.ts";
import { fakeProbe } from "../helpers/probe.ts";
import { five, fiveWith, say, six, withWeb04 } from "../helpers/role-context.ts";

const CONF = "/etc/keepalived/keepalived.conf";
const FIND = "/usr/local/lib/keepalived/find-interface";

describe("role keepalived", () => {
  test("has everything that the trial of the configuration needs before the configuration", () => {
    expect(say(keepalived(), five, "web-01").ids).toEqual([
      "file[/etc/systemd/system/keepalived.service.d/quintet.conf]",
      "apt[keepalived]",
      "apt[curl]",
      "user[keepalived_script]",
      `file[${FIND}]`,
      `file[${CONF}]`,
      "service[keepalived]",
    ]);
  });

  test("gives a health check as much time as its interval, if that is long", () => {
    const slow = fiveWith((yaml) => `${yaml}\nvars: { keepalived: { checkSeconds: 10 } }\n`);
    const text = say(keepalived(), slow, "web-01").file(CONF);
    expect(text).toContain("--max-time 9.5 ");
    expect(text).toMatch(/interval 10\n +timeout 10\n/);
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

      # If HAProxy is gone, the second check notices it. If it is only slow because its machine is busy, it gets longer: if
      # all were taken for dead, no balancer would have the address.
      vrrp_script haproxy {
          script "/usr/bin/curl --fail --silent --max-time 2.5 --output /dev/null http://127.0.0.1:8404/health"
          interval 1
          timeout 3
          fall 2
          rise 2
          init_fail
      }

      vrrp_instance public {
          state BACKUP
          nopreempt
          interface $INTERFACE
          virtual_router_id 51
          priority 199
          advert_int 0.5
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
      }
      "
    `);
  });

  test("gives each balancer another priority", () => {
    const inventory = fiveWith(withWeb04);
    const priorities = (inventory.groups["balancer"] ?? []).map(
      ({ name }) => /priority (\d+)/.exec(say(keepalived(), inventory, name).file(CONF))?.[1],
    );
    expect(priorities).toEqual(["200", "199", "198", "197"]);
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

  test("has no peers for a single balancer, and opens nothing for them", () => {
    const said = say(keepalived(), six, "lb-01");
    expect(said.file(CONF)).not.toContain("unicast");
    expect(said.opens).toEqual([]);
    expect(say(keepalived(), five, "web-01").opens).toMatchObject([{ protocol: "vrrp", from: ["balancer"] }]);
  });

  test("finds the interface by the machine's own address, in any POSIX shell", () => {
    const script = say(keepalived(), five, "web-02").file(FIND);
    expect(script).toContain("show to 192.168.56.12/32");
    expect(spawnSync("sh", ["-n"], { input: script }).stderr.toString()).toBe("");
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
