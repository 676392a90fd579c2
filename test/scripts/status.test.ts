import { describe, expect, test } from "vitest";
import { type DatabaseTold, questionsFor, type Told } from "../../scripts/lib/status/facts.ts";
import { pageOf } from "../../scripts/lib/status/page.ts";
import { statusOf } from "../../scripts/lib/status/site.ts";
import { five } from "../helpers/role-context.ts";

const servers = { "web-01": "UP", "web-02": "UP", "web-03": "UP" };
const web = (differs: Told = {}): Told => ({
  ...{ holds: false, servers, store: { hasLeader: true, leads: false } },
  ...differs,
});
const primary: DatabaseTold = {
  ...{ takesWrites: true, source: "", receives: false, applies: false, lagSeconds: 0 },
  ...{ commitsWait: true, waitsFor: 1 },
};
const replica: DatabaseTold = {
  ...{ takesWrites: false, source: "192.168.56.14", receives: true, applies: true, lagSeconds: 0.2 },
  ...{ commitsWait: false, waitsFor: 0 },
};
const well: Readonly<Record<string, Told>> = {
  "web-01": web({ holds: true }),
  "web-02": web({ store: { hasLeader: true, leads: true } }),
  "web-03": web(),
  "db-01": { database: primary },
  "db-02": { database: replica },
};
const siteWith = (differs: Readonly<Record<string, Told | undefined>>) => {
  const told = Object.entries({ ...well, ...differs }).filter(([, answer]) => answer !== undefined);
  return statusOf(five, new Map(told as [string, Told][]));
};

describe("the status of the site", () => {
  test("says who does what", () => {
    const status = siteWith({});
    expect(status.problems).toEqual([]);
    expect(
      pageOf(status)
        .replaceAll(/\x1b\[\d+m/g, "")
        .split("\n"),
    ).toEqual([
      "www.foobar.com  all is well",
      "  address  192.168.56.10 is on web-01",
      "  web      web-01 UP, web-02 UP, web-03 UP",
      "  db-01    primary, a replica confirms each commit",
      "  db-02    replica of db-01, 0.2 s behind",
      "  store    web-01, web-02, web-03; web-02 leads",
    ]);
  });

  test.each<[string, Readonly<Record<string, Told | undefined>>, readonly string[]]>([
    ["a machine is silent", { "web-03": undefined }, ["web-03 does not answer"]],
    ["nobody has the address", { "web-01": web() }, ["nobody holds 192.168.56.10"]],
    [
      "two have the address",
      { "web-02": web({ holds: true }) },
      ["web-01 and web-02 all hold 192.168.56.10"],
    ],
    [
      "a web server is out of rotation",
      { "web-01": web({ holds: true, servers: { ...servers, "web-02": "DOWN", "web-03": "UP 1/2" } }) },
      ["web-02 gets no requests: DOWN"],
    ],
    [
      "HAProxy is down",
      { "web-01": web({ holds: true, servers: {} }) },
      ["HAProxy on web-01 does not answer"],
    ],
    ["the primary is silent", { "db-01": undefined }, ["db-01 does not answer", "no database takes writes"]],
    ["two take writes", { "db-02": { database: primary } }, ["db-01 and db-02 all take writes"]],
    [
      "the primary waits for nobody",
      { "db-01": { database: { ...primary, waitsFor: 0 } } },
      ["db-01 is alone: what it loses is lost"],
    ],
    [
      "a replica follows somebody else",
      { "db-02": { database: { ...replica, source: "192.0.2.1" } } },
      ["db-02 does not replicate from db-01"],
    ],
    [
      "replication has stopped",
      { "db-02": { database: { ...replica, applies: false } } },
      ["replication on db-02 has stopped"],
    ],
    [
      "a replica is late",
      { "db-02": { database: { ...replica, lagSeconds: 61.4 } } },
      ["db-02 is 61 s behind"],
    ],
    ["MySQL is down on a replica", { "db-02": {} }, ["MySQL on db-02 does not answer"]],
    [
      "a member of the store has lost the others",
      { "web-03": web({ store: { hasLeader: false, leads: false } }) },
      ["web-03 is no member of the store that works"],
    ],
    [
      "the store has lost its majority",
      { "web-02": undefined, "web-03": undefined },
      ["web-02 does not answer", "web-03 does not answer", "the store takes no changes"],
    ],
  ])("says what is wrong: %s", (_, differs, problems) => {
    expect(siteWith(differs).problems).toEqual(problems);
  });
});

test("a machine is asked for its part only", () => {
  const asked = (name: string) => {
    const host = five.hosts.find((one) => one.name === name);
    return host && questionsFor(host, five.publicAddress).map(({ name: question }) => question);
  };
  expect([asked("web-01"), asked("db-01")]).toEqual([["address", "servers", "store"], ["database"]]);
});
