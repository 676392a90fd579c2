import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { judgePorts } from "../../audit/nmap.ts";
import { scanCommand, scanOf } from "../../audit/nmap-scan.ts";
import { allowed, type Origin, openPortsOf, readListening } from "../../audit/open-ports.ts";
import type { Inventory } from "../../engine/model/inventory/index.ts";
import { planInputs } from "../../engine/plan/context.ts";
import { describeLab } from "../../lab/context.ts";
import { unusedAddress } from "../../lab/vantage.ts";
import { flowsOf } from "../../roles/firewall/flows.ts";
import site from "../../site.ts";
import { five, fiveWith } from "../helpers/role-context.ts";

const XML = readFileSync("test/audit/fixtures/nmap.xml", "utf8");
const PUBLIC = "192.168.56.10";
const WEB = "192.168.56.11";
const DB = "192.168.56.14";

const flowsIn = (inventory: Inventory) => flowsOf(planInputs({ site, inventory }).traffic(), inventory);
const flows = flowsIn(five);
const control: Origin = { kind: "control" };
const stranger: Origin = { kind: "stranger", address: "192.168.56.254" };

function machine(name: string): Origin {
  const host = five.hosts.find((one) => one.name === name);
  if (!host) throw new Error(`no ${name}`);
  return { kind: "machine", host };
}

describe("nmap's output", () => {
  test("is parsed: open ports by address, and how many ports were scanned", () => {
    const { open, counted } = scanOf(XML);
    expect([...open]).toEqual([
      ["127.0.0.1", ["14433/tcp", "14434/tcp", "14435/tcp"]],
      ["127.0.0.2", []],
    ]);
    expect(counted).toEqual({ tcp: 101, udp: 3 });
  });

  test("counts only open ports, not open|filtered ones, and leaves out hosts that are down", () => {
    const silent = XML.replace(
      'portid="14434"><state state="open"',
      'portid="14434"><state state="open|filtered"',
    );
    expect(scanOf(silent).open.get("127.0.0.1")).toEqual(["14433/tcp", "14435/tcp"]);
    const [first = "", ...rest] = XML.split('<status state="up"').reverse();
    const down = [...rest.reverse(), first].join('<status state="up"');
    const second = down.lastIndexOf('<status state="up"');
    const ended = `${down.slice(0, second)}<status state="down"${down.slice(second + 18)}`;
    expect([...scanOf(ended).open.keys()]).toEqual(["127.0.0.1"]);
  });

  test.each([
    ["nothing", ""],
    ["half of it", XML.slice(0, XML.indexOf("<runstats>"))],
    ["an error", XML.replace('exit="success"', 'exit="error" errormsg="no route"')],
  ])("is refused if it is %s", (_what, xml) => {
    expect(() => scanOf(xml)).toThrow("nmap did not finish");
  });
});

describe("the nmap command", () => {
  const targets = [{ name: "web-01", address: WEB }];

  test("scans all TCP ports and some UDP ports in one run", () => {
    const command = scanCommand(targets, { way: "syn", udp: [53, 161] });
    expect(command.join(" ")).toMatch(/ -sS .*-sU -p T:1-65535,U:53,161 -oX - 192\.168\.56\.11$/);
  });

  test("scans no UDP ports without root", () => {
    const command = scanCommand(targets, { way: "connect", udp: [] });
    expect(command).toEqual(expect.arrayContaining(["-sT", "1-65535"]));
    expect(command).not.toContain("-sU");
  });
});

describe("the firewall's table allows", () => {
  test.each<[string, Origin, string, string[]]>([
    [
      "connections from this computer to a web server",
      control,
      WEB,
      ["22/tcp", "53/tcp", "53/udp", "8404/tcp", "8443/tcp"],
    ],
    ["connections from this computer to a database", control, DB, ["22/tcp", "8405/tcp"]],
    // The public address is on a machine whose sshd listens on any address.
    [
      "connections from this computer to the public address",
      control,
      PUBLIC,
      ["22/tcp", "53/tcp", "53/udp", "80/tcp", "443/tcp"],
    ],
    ["connections from a web server to a database", machine("web-02"), DB, ["3306/tcp", "8405/tcp"]],
    [
      "connections from a web server to another one",
      machine("web-02"),
      WEB,
      ["53/tcp", "53/udp", "2379/tcp", "2380/tcp", "8443/tcp"],
    ],
    ["connections from a database to the other one", machine("db-02"), DB, ["3306/tcp", "8405/tcp"]],
    ["connections from a database to a web server", machine("db-02"), WEB, ["53/tcp", "53/udp", "2379/tcp"]],
    [
      "connections from a database to the public address",
      machine("db-02"),
      PUBLIC,
      ["53/tcp", "53/udp", "80/tcp", "443/tcp"],
    ],
    ["connections from a stranger to a web server", stranger, WEB, ["53/tcp", "53/udp"]],
    ["connections from a stranger to a database", stranger, DB, []],
    [
      "connections from a stranger to the public address",
      stranger,
      PUBLIC,
      ["53/tcp", "53/udp", "80/tcp", "443/tcp"],
    ],
  ])("%s", (_what, origin, address, ports) => {
    expect(allowed(flows, origin, address)).toEqual(ports);
  });

  test("SSH from a stranger only in a control network, and from everyone if there is no control", () => {
    const near = flowsIn(fiveWith((yaml) => yaml.replace(/^control: .*$/m, "control: [192.168.56.128/25]")));
    expect(allowed(near, stranger, DB)).toEqual(["22/tcp", "8405/tcp"]);
    expect(allowed(near, { kind: "stranger", address: "192.168.56.99" }, DB)).toEqual([]);
    const open = flowsIn(fiveWith((yaml) => yaml.replace(/^control: .*$/m, "")));
    expect(allowed(open, stranger, DB)).toEqual(["22/tcp", "8405/tcp"]);
    // The databases would let SSH in from a web server, but no machine lets SSH out.
    expect(allowed(open, machine("web-02"), DB)).toEqual(["3306/tcp", "8405/tcp"]);
  });
});

const SAID = `udp UNCONN 0      0               192.168.56.11:53        0.0.0.0:*
udp UNCONN 0      0              127.0.0.53%lo:53        0.0.0.0:*
tcp LISTEN 0      128                  0.0.0.0:22        0.0.0.0:*
tcp LISTEN 0      511            192.168.56.10:443       0.0.0.0:*
tcp LISTEN 0      511            192.168.56.11:8443      0.0.0.0:*
tcp LISTEN 0      128                     [::]:22           [::]:*
addresses
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: host0    inet 192.168.56.11/24 brd 192.168.56.255 scope global host0\\       valid_lft forever preferred_lft forever
2: host0    inet 192.168.56.10/32 scope global host0\\       valid_lft forever preferred_lft forever
`;

describe("what a machine reports", () => {
  const listening = [readListening(SAID)];

  test("is parsed: listening sockets and addresses", () => {
    expect(listening[0]?.addresses).toEqual(["127.0.0.1", WEB, PUBLIC]);
    expect(listening[0]?.sockets).toEqual([
      "udp 192.168.56.11:53",
      "udp 127.0.0.53:53",
      "tcp 0.0.0.0:22",
      "tcp 192.168.56.10:443",
      "tcp 192.168.56.11:8443",
      "tcp [::]:22",
    ]);
  });

  test("decides whether an allowed port must be open: one without a listener may be closed", () => {
    expect(openPortsOf(flows, control, WEB, listening)).toEqual({
      wanted: ["22/tcp", "53/udp", "8443/tcp"],
      idle: ["53/tcp", "8404/tcp"],
    });
    expect(openPortsOf(flows, stranger, PUBLIC, listening)).toEqual({
      wanted: ["443/tcp"],
      idle: ["53/tcp", "53/udp", "80/tcp"],
    });
  });

  test("is not needed: without it all allowed ports must be open", () => {
    expect(openPortsOf(flows, control, DB, listening)).toEqual({
      wanted: ["22/tcp", "8405/tcp"],
      idle: [],
    });
  });
});

describe("open ports are judged:", () => {
  const ports = { wanted: ["22/tcp", "53/udp"], idle: ["8404/tcp"] };
  const scan = { open: new Map(), counted: { tcp: 65535, udp: 14 } };

  test.each<[string, string[], string, string]>([
    ["good if they are exactly the wanted ones", ["22/tcp", "53/udp"], "ok", "open 22/tcp, 53/udp"],
    [
      "good if a service has started to listen in the meantime",
      ["22/tcp", "53/udp", "8404/tcp"],
      "ok",
      "open 22/tcp, 53/udp, 8404/tcp",
    ],
    [
      "bad if one is not allowed",
      ["22/tcp", "53/udp", "111/tcp"],
      "bad",
      "open 22/tcp, 53/udp, 111/tcp; surplus 111/tcp",
    ],
    ["bad if one is missing", ["53/udp"], "bad", "open 53/udp; missing 22/tcp"],
    ["bad if none is open", [], "bad", "open none; missing 22/tcp, 53/udp"],
  ])("%s", (_what, open, verdict, found) => {
    expect(judgePorts("web-01", ports, open, scan)).toMatchObject({
      verdict,
      found,
      expected: "22/tcp, 53/udp (allowed too, but nothing listens: 8404/tcp)",
    });
  });

  test("without UDP, if UDP was not scanned", () => {
    const tcpOnly = { ...scan, counted: { tcp: 65535 } };
    expect(judgePorts("web-01", ports, ["22/tcp"], tcpOnly)).toMatchObject({
      verdict: "ok",
      expected: "22/tcp (allowed too, but nothing listens: 8404/tcp)",
    });
  });
});

test("a stranger gets an address that the inventory does not use", () => {
  expect(unusedAddress(five, describeLab(five, "test"))).toBe("192.168.56.254");
  const taken = fiveWith((yaml) =>
    yaml
      .replace("control: [", "control: [192.168.56.254, ")
      .replace("address: 192.168.56.15", "address: 192.168.56.253"),
  );
  expect(unusedAddress(taken, describeLab(taken, "test"))).toBe("192.168.56.252");
});
