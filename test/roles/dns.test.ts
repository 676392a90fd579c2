import { describe, expect, test } from "vitest";
import { dns } from "../../roles/dns/index.ts";
import { five, fiveWith, say, six, withWeb04 } from "../helpers/role-context.ts";

const ZONE = "/etc/nsd/zones/foobar.com.zone";
const serialIn = (zone: string) => Number(/hostmaster (\d+)/.exec(zone)?.[1]);

describe("role dns", () => {
  test("installs NSD, and writes the zone before the configuration that names it", () => {
    const said = say(dns(), five, "web-01");
    expect(said.ids).toEqual([
      "file[/etc/systemd/system/nsd.service.d/quintet.conf]",
      "apt[nsd]",
      `file[${ZONE}]`,
      "file[/etc/nsd/nsd.conf]",
      "service[nsd]",
    ]);
    expect(said.notified(`file[${ZONE}]`)).toEqual(["reload nsd"]);
    expect(said.notified("file[/etc/nsd/nsd.conf]")).toEqual(["restart nsd"]);
  });

  test("listens on the machine's own address and on the public one", () => {
    expect(say(dns(), five, "web-02").file("/etc/nsd/nsd.conf")).toMatchInlineSnapshot(`
      "# Written by Quintet (role dns); changes made here are overwritten.

      server:
          ip-address: 192.168.56.12
          ip-address: 192.168.56.10
          # The public address is here only while this machine is the active balancer.
          ip-freebind: yes
          do-ip6: no

          log-only-syslog: yes
          hide-version: yes
          hide-identity: yes
          minimal-responses: yes
          refuse-any: yes
          rrl-ratelimit: 200
          rrl-whitelist-ratelimit: 2000

      remote-control:
          control-enable: no

      zone:
          name: foobar.com
          zonefile: /etc/nsd/zones/foobar.com.zone
      "
    `);
  });

  test("writes a zone with the public address and every balancer, and no database", () => {
    const zone = say(dns(), five, "web-01").file(ZONE);
    expect(zone).toMatchInlineSnapshot(`
      "; Written by Quintet (role dns); changes made here are overwritten.
      $ORIGIN foobar.com.
      $TTL 300

      @       IN SOA  ns1 hostmaster 740728535 3600 600 604800 300
      @       IN NS   ns1
      @       IN NS   ns2
      @       IN NS   ns3
      @       IN A    192.168.56.10
      www     IN A    192.168.56.10
      ns1     IN A    192.168.56.11
      ns2     IN A    192.168.56.12
      ns3     IN A    192.168.56.13
      "
    `);
    expect(zone).not.toContain("192.168.56.14");
  });

  test("writes the same zone on every balancer", () => {
    expect(say(dns(), five, "web-03").file(ZONE)).toBe(say(dns(), five, "web-01").file(ZONE));
  });

  test("changes the zone's serial with its content, and the serial is always valid", () => {
    const serials = [five, six, fiveWith(withWeb04), fiveWith((yaml) => yaml.replace("56.10", "56.99"))].map(
      (inventory) =>
        serialIn(say(dns(), inventory, inventory.groups["balancer"]?.[0]?.name ?? "").file(ZONE)),
    );
    expect(new Set(serials).size).toBe(serials.length);
    for (const serial of serials) {
      expect(serial).toBeGreaterThan(0);
      expect(serial).toBeLessThanOrEqual(2 ** 31);
    }
  });

  test("makes a separate balancer the only name server", () => {
    const zone = say(dns(), six, "lb-01").file(ZONE);
    expect(zone.match(/IN NS/g)).toHaveLength(1);
    expect(zone).toContain("ns1     IN A    192.168.56.16");
  });

  test("opens port 53 for everyone, on both addresses", () => {
    const opens = say(dns(), five, "web-01").opens.map(({ port, protocol, at, from }) => [
      port,
      protocol,
      at,
      ...from,
    ]);
    expect(opens).toEqual([
      [53, "udp", "public", "everyone"],
      [53, "tcp", "public", "everyone"],
      [53, "udp", "own", "everyone"],
      [53, "tcp", "own", "everyone"],
    ]);
  });
});
