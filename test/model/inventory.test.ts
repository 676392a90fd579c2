import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { hostsIn, readInventory } from "../../engine/model/inventory/index.ts";
import { role, varsOf } from "../../engine/model/role.ts";
import { scratch } from "../helpers/scratch.ts";

const GOOD = `
domain: foobar.com
public_address: 10.0.0.100
ssh: { user: vagrant, port: 2200 }
machine: { memory: 512 }
vars: { nginx: { a: all, b: all, c: all, d: all } }
hosts:
  web-01: { address: 10.0.0.1, vars: { nginx: { d: host } }, ssh: { port: 2222 } }
  web-02: { address: 10.0.0.2, machine: { memory: 2048, cpus: 2 } }
  db-01: { address: 10.0.0.3 }
groups:
  web: { hosts: [web-02, web-01], vars: { nginx: { b: web, c: web, d: web } } }
  edge: { hosts: [web-01], vars: { nginx: { c: edge, d: edge } } }
`;

function written(content: string): string {
  const file = join(scratch(), "inventory.yaml");
  writeFileSync(file, content);
  return file;
}

const read = (content: string) => readInventory(written(content));

test.each(readdirSync("inventory").map((name) => `inventory/${name}`))("%s is valid", (file) => {
  expect(readInventory(file).hosts.length).toBeGreaterThan(4);
});

test("six.yaml is five.yaml with a separate balancer, and nothing else", () => {
  const [five, six] = [readInventory("inventory/five.yaml"), readInventory("inventory/six.yaml")];
  expect(hostsIn(six, "balancer").map(({ name }) => name)).toEqual(["lb-01"]);
  for (const group of ["web", "database"])
    expect(hostsIn(six, group).map(({ name, address }) => [name, address])).toEqual(
      hostsIn(five, group).map(({ name, address }) => [name, address]),
    );
  expect([six.domain, six.publicAddress]).toEqual([five.domain, five.publicAddress]);
});

describe("an inventory", () => {
  test("has hosts in the order of the file, each with the settings of all, of its groups and of itself", () => {
    const { hosts, ...rest } = read(GOOD);
    expect(hosts).toMatchObject([
      {
        name: "web-01",
        address: "10.0.0.1",
        groups: ["web", "edge"],
        ssh: { user: "vagrant", port: 2222 },
        machine: { memory: 512, cpus: 1 },
      },
      {
        name: "web-02",
        address: "10.0.0.2",
        groups: ["web"],
        ssh: { user: "vagrant", port: 2200 },
        machine: { memory: 2048, cpus: 2 },
      },
      { name: "db-01", address: "10.0.0.3", groups: [] },
    ]);
    expect(rest).toMatchObject({ domain: "foobar.com", publicAddress: "10.0.0.100" });
  });

  test("has groups with hosts in the order of their lists; `all` has every host, and an unknown group is empty", () => {
    const inventory = read(GOOD);
    const names = (group: string) => hostsIn(inventory, group).map(({ name }) => name);
    expect([names("web"), names("all"), names("none"), names("constructor")]).toEqual([
      ["web-02", "web-01"],
      ["web-01", "web-02", "db-01"],
      [],
      [],
    ]);
  });

  test("has variables with this precedence: play, host, later group, earlier group, all hosts, default", () => {
    const text = z.string().default("default");
    const nginx = role("nginx", {
      summary: "",
      vars: z.object({ a: text, b: text, c: text, d: text, e: text, f: text }),
      resources: () => [],
    });
    const inventory = read(GOOD);
    const [web01, , db01] = inventory.hosts;
    expect(varsOf(nginx({ f: "play" }), web01 as never, inventory.file)).toEqual({
      a: "all",
      b: "web",
      c: "edge",
      d: "host",
      e: "default",
      f: "play",
    });
    expect(varsOf(nginx({ d: "play" }), web01 as never, inventory.file)).toMatchObject({ d: "play" });
    expect(varsOf(nginx(), db01 as never, inventory.file)).toMatchObject({ b: "all", d: "all" });
  });
});

describe("an inventory is refused, with file, path, what was found and what was expected:", () => {
  const cases: [string, string, string | RegExp][] = [
    ["invalid YAML", "hosts: [", /^not valid YAML: .* at line 1/],
    [
      "a key given twice",
      GOOD.replace("domain:", "domain: a.com\ndomain:"),
      /^not valid YAML: Map keys must be unique at line 3/,
    ],
    [
      "an empty file",
      "",
      "(top): found null; expected domain, public_address, control, ssh, machine, vars, hosts, groups",
    ],
    [
      "no domain",
      GOOD.replace(/domain: .*/, ""),
      "domain: found nothing; expected a domain such as foobar.com",
    ],
    [
      "an invalid domain",
      GOOD.replace("foobar.com", "foobar"),
      'domain: found "foobar"; expected a domain such as foobar.com',
    ],
    [
      "no hosts",
      GOOD.replace(/hosts:\n[\s\S]*?groups:[\s\S]*/, "hosts: {}\ngroups: {}\n"),
      "hosts: found {}; expected at least one host",
    ],
    [
      "hosts as a list",
      GOOD.replace(/hosts:\n[\s\S]*/, "hosts: [web-01]\ngroups: {}\n"),
      'hosts: found ["web-01"]; expected hosts by name, for example web-01: { address: 192.168.56.11 }',
    ],
    [
      "an invalid address",
      GOOD.replace("10.0.0.1,", "10.0.0.256,"),
      'hosts/web-01/address: found "10.0.0.256"; expected an IPv4 address such as 192.168.56.11',
    ],
    [
      "a number as address",
      GOOD.replace("10.0.0.1,", "10,"),
      "hosts/web-01/address: found 10; expected an IPv4 address",
    ],
    [
      "an address given twice",
      GOOD.replace("10.0.0.2", "10.0.0.1"),
      'hosts/web-02/address: found "10.0.0.1", which is already hosts/web-01; expected an address of its own',
    ],
    [
      "the public address as a host's",
      GOOD.replace("10.0.0.2", "10.0.0.100"),
      'hosts/web-02/address: found "10.0.0.100", which is already public_address; expected an address of its own',
    ],
    [
      "a host name with a capital",
      GOOD.replaceAll("web-01", "Web-01"),
      /^hosts\/Web-01: found "Web-01"; expected a host name: small letters, digits and hyphens, starting with a letter/,
    ],
    [
      "a misspelt key",
      GOOD.replace("{ address: 10.0.0.3 }", "{ adress: 10.0.0.3 }"),
      /hosts\/db-01: found the unknown key "adress" \(did you mean "address"\?\); expected address, ssh, machine, vars/,
    ],
    [
      "a misspelt key at the top",
      GOOD.replace("machine:", "machines:"),
      '(top): found the unknown key "machines" (did you mean "machine"?); expected domain, public_address, control, ssh, machine, vars, hosts, groups',
    ],
    [
      "a group without hosts",
      GOOD.replace("[web-01]", "[]"),
      "groups/edge/hosts: found no hosts; expected at least one, or no such group",
    ],
    [
      "a group with an unknown host",
      GOOD.replace("[web-01]", "[web-1]"),
      'groups/edge/hosts/0: found "web-1" (did you mean "web-01"?); expected a host of this file: web-01, web-02, db-01',
    ],
    [
      "a host twice in a group",
      GOOD.replace("[web-01]", "[web-01, web-01]"),
      'groups/edge/hosts/1: found "web-01" twice; expected it once',
    ],
    [
      "a group called all",
      GOOD.replace("edge:", "all:"),
      'groups/all: found a group named "all", which is every host already; expected another name',
    ],
    [
      "a group with the name of a host",
      GOOD.replace("edge:", "db-01:"),
      'groups/db-01: found a group named "db-01", which is a host already; expected another name',
    ],
    [
      "variables without a role",
      GOOD.replace("vars: { nginx: { a: all, b: all, c: all, d: all } }", "vars: { port: 80 }"),
      /^vars\/port: found 80; /,
    ],
    [
      "a port that is not a number",
      GOOD.replace("2222", "'22'"),
      'hosts/web-01/ssh/port: found "22"; expected a port, 1 to 65535',
    ],
    [
      "a port out of range",
      GOOD.replace("2222", "70000"),
      "hosts/web-01/ssh/port: found 70000; expected a port, 1 to 65535",
    ],
    [
      "an invalid control network",
      `${GOOD}\ncontrol: [10.0.0.0/33]\n`,
      'control/0: found "10.0.0.0/33"; expected an IPv4 address or network such as 192.168.56.1 or 10.0.2.0/24',
    ],
    [
      "a control value that is not a list",
      `${GOOD}\ncontrol: 10.0.0.1\n`,
      'control: found "10.0.0.1"; expected a list of addresses and networks',
    ],
    [
      "too little memory",
      GOOD.replace("memory: 512", "memory: 64"),
      "machine/memory: found 64; expected at least 256 (MiB)",
    ],
    [
      "zero patience",
      GOOD.replace("port: 2200", "patience: 0"),
      "ssh/patience: found 0; expected at least 1 (second)",
    ],
  ];

  test.each(cases)("%s", (_, content, problem) => {
    const file = written(content);
    const separator = String(problem).includes("not valid YAML") ? ": " : " › ";
    let message = "";
    try {
      readInventory(file);
    } catch (error) {
      expect(error).toMatchObject({ name: "InventoryError", exitCode: 1 });
      message = (error as Error).message;
    }
    expect(message.startsWith(file + separator)).toBe(true);
    const first = message.slice((file + separator).length);
    if (typeof problem === "string") expect(first.split("\n")[0]).toBe(problem);
    else expect(first).toMatch(problem);
  });

  test("all problems are reported at once", () => {
    const file = written(GOOD.replace("10.0.0.1,", "x,").replace("10.0.0.3", "y"));
    expect(() => readInventory(file)).toThrow(
      `${file} › hosts/web-01/address: found "x"; expected an IPv4 address such as 192.168.56.11\n${file} › hosts/db-01/address: found "y"; expected an IPv4 address such as 192.168.56.11`,
    );
  });

  test("a missing file, with how to name one", () => {
    expect(() => readInventory("/nowhere.yaml")).toThrow(
      "/nowhere.yaml: no such file; give an inventory with -i",
    );
  });
});

describe("a role's variables are refused:", () => {
  const nginx = role("nginx", {
    summary: "",
    vars: z.object({ port: z.int().default(80) }),
    resources: () => [],
  });

  test.each([
    [{ prot: 80 }, /^inventory.yaml: variables of role nginx on web-01: vars\/nginx\/: .*prot/],
    [{ port: "80" }, /^inventory.yaml: variables of role nginx on web-01: vars\/nginx\/port: /],
  ])("%o", (given, message) => {
    const [host] = read(
      GOOD.replace("{ a: all, b: all, c: all, d: all }", "{}")
        .replace(/vars: \{ nginx: \{ d: host \} \}, /, "")
        .replace(/, vars: \{ nginx: .*/g, " }"),
    ).hosts;
    expect(() => varsOf(nginx(given as never), host as never, "inventory.yaml")).toThrow(
      expect.objectContaining({ name: "CompileError", message: expect.stringMatching(message) }),
    );
  });
});
