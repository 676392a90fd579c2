import { describe, expect, test } from "vitest";
import {
  type DatabaseTold,
  type ManagerTold,
  questionsFor,
  type Told,
} from "../../scripts/lib/status/facts.ts";
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
const store = { term: 7, primary: "db-01", standby: "db-02", paused: false, wanted: null };
const manager: ManagerTold = { store, aloneFor: null, step: "db-02 confirms all" };
const well: Readonly<Record<string, Told>> = {
  "web-01": web({ holds: true }),
  "web-02": web({ store: { hasLeader: true, leads: true } }),
  "web-03": web(),
  "db-01": { database: primary, manager },
  "db-02": { database: replica, manager },
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
      pageOf(status, 1)
        .replaceAll(/\x1b\[\d+m/g, "")
        .split("\n"),
    ).toEqual([
      "www.foobar.com  all is well",
      "  address  192.168.56.10 is on web-01",
      "  web      web-01 UP, web-02 UP, web-03 UP",
      "  db-01    primary of term 7, a replica confirms each commit",
      "  db-02    standby, replica of db-01, 0.2 s behind",
      "  store    web-01, web-02, web-03; web-02 leads",
    ]);
  });

  test("says how long a primary has been alone", () => {
    const alone = { database: { ...primary, waitsFor: 0 }, manager: { ...manager, aloneFor: 12 } };
    expect(pageOf(siteWith({ "db-01": alone }), 1)).toContain("db-01    primary of term 7, alone for 12 s\n");
  });

  test("does not say what is wrong if it knows nothing", () => {
    expect(statusOf(five, new Map()).problems).toEqual(["no machine answers"]);
  });

  test("says how long a machine that is silent had to answer", () => {
    expect(pageOf(siteWith({ "web-03": undefined }), 1)).toContain(
      "Each machine had 1 s to answer. To give them longer: npm run status -- --wait 20",
    );
    expect(pageOf(siteWith({}), 1)).not.toContain("to answer");
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
    ["two take writes", { "db-02": { database: primary, manager } }, ["db-01 and db-02 all take writes"]],
    [
      "the primary waits for nobody",
      {
        "db-01": {
          database: { ...primary, waitsFor: 0 },
          manager: { ...manager, step: "there is no replica" },
        },
      },
      ["db-01 is alone: what it loses is lost. Its manager says: there is no replica"],
    ],
    [
      "a replica follows somebody else",
      { "db-02": { database: { ...replica, source: "192.0.2.1" }, manager } },
      ["db-02 does not replicate from db-01"],
    ],
    [
      "replication has stopped",
      { "db-02": { database: { ...replica, applies: false }, manager } },
      ["replication on db-02 has stopped"],
    ],
    [
      "a replica is late",
      { "db-02": { database: { ...replica, lagSeconds: 61.4 }, manager } },
      ["db-02 is 61 s behind"],
    ],
    ["MySQL is down on a replica", { "db-02": { manager } }, ["MySQL on db-02 does not answer"]],
    ["a manager is down", { "db-02": { database: replica } }, ["the manager of db-02 does not answer"]],
    [
      "a manager has lost the store",
      { "db-02": { database: replica, manager: { ...manager, store: "no answer" } } },
      ["the manager of db-02 knows nothing of the store: no answer"],
    ],
    [
      "the store was founded anew and nobody has told it",
      {
        "db-01": { database: primary, manager },
        "db-02": {
          database: replica,
          manager: { ...manager, store: "the store does not know yet who the primary is" },
        },
      },
      [
        "the manager of db-02 knows nothing of the store: the store does not know yet who the primary is (npm run provision tells it)",
      ],
    ],
    [
      "nobody is promoted",
      { "db-01": { database: primary, manager: { ...manager, store: { ...store, paused: true } } } },
      ["nobody is promoted: promotion is paused (npm run promotion -- resume)"],
    ],
    [
      "a switchover goes on",
      { "db-01": { database: primary, manager: { ...manager, store: { ...store, wanted: "db-02" } } } },
      ["a switchover to db-02 is under way"],
    ],
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
  expect([asked("web-01"), asked("db-01")]).toEqual([
    ["address", "servers", "store"],
    ["database", "manager"],
  ]);
});
