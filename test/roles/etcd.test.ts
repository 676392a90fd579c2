import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { etcd } from "../../roles/etcd/index.ts";
import { birthOf, memberState } from "../../roles/etcd/members.ts";
import { says } from "../../roles/etcd/store.ts";
import { fakeProbe } from "../helpers/probe.ts";
import { five, fiveWith, say, six } from "../helpers/role-context.ts";

const CONF = "/etc/etcd/etcd.env";
const CTL = "/usr/local/lib/quintet/etcdctl";
const RESTART = "/usr/local/lib/quintet/etcd-restart";
const UNIT = "/etc/systemd/system/etcd.service.d/quintet.conf";

/** What members print for the fact: nothing if they have no data. */
const [NEW, FOUNDING, SETTLED] = ["", "data\nfounding\n", "data\n"];

const quorum = (hosts: string) => (yaml: string) =>
  yaml.replace(/quorum: \{ hosts: \[.*?\]/, `quorum: { hosts: [${hosts}]`);

describe("role etcd", () => {
  test("has everything that a member starts with before its first start", () => {
    expect(say(etcd(), five, "web-01", { facts: { "web-01": NEW } }).ids).toEqual([
      `file[${UNIT}]`,
      "apt[etcd-server]",
      "apt[etcd-client]",
      "file[/etc/etcd/authority.pem]",
      "file[/etc/etcd/member.pem]",
      "file[/etc/etcd/root.pem]",
      `file[${CTL}]`,
      `file[${RESTART}]`,
      `file[${CONF}]`,
      "member[etcd]",
      "service[etcd]",
      "settled[etcd]",
      "access[etcd]",
    ]);
  });

  test("writes this configuration", () => {
    expect(say(etcd(), five, "web-02").file(CONF)).toMatchInlineSnapshot(`
      "# Written by Quintet (role etcd); changes made here are overwritten.
      ETCD_NAME=web-02
      ETCD_DATA_DIR=/var/lib/etcd/default
      ETCD_LISTEN_PEER_URLS=https://192.168.56.12:2380
      ETCD_INITIAL_ADVERTISE_PEER_URLS=https://192.168.56.12:2380
      ETCD_LISTEN_CLIENT_URLS=https://192.168.56.12:2379
      ETCD_ADVERTISE_CLIENT_URLS=https://192.168.56.12:2379
      # HTTP on a port of its own: on one port it would slow gRPC down. It has metrics and health.
      ETCD_LISTEN_CLIENT_HTTP_URLS=http://127.0.0.1:2381

      # Both sides show a certificate. A client is the user that its certificate's subject names.
      ETCD_TRUSTED_CA_FILE=/etc/etcd/authority.pem
      ETCD_CERT_FILE=/etc/etcd/member.pem
      ETCD_KEY_FILE=/etc/etcd/member.pem
      ETCD_CLIENT_CERT_AUTH=true
      ETCD_CLIENT_CERT_ALLOWED_HOSTNAME=store-client.foobar.com
      ETCD_PEER_TRUSTED_CA_FILE=/etc/etcd/authority.pem
      ETCD_PEER_CERT_FILE=/etc/etcd/member.pem
      ETCD_PEER_KEY_FILE=/etc/etcd/member.pem
      ETCD_PEER_CLIENT_CERT_AUTH=true
      ETCD_PEER_CERT_ALLOWED_HOSTNAME=quorum.foobar.com
      ETCD_TLS_MIN_VERSION=TLS1.3
      ETCD_ENABLE_GRPC_GATEWAY=false

      ETCD_HEARTBEAT_INTERVAL=100
      ETCD_ELECTION_TIMEOUT=1000

      # A few keys that change now and then. Without compaction their history would fill the quota within months.
      ETCD_AUTO_COMPACTION_MODE=periodic
      ETCD_AUTO_COMPACTION_RETENTION=1h
      ETCD_QUOTA_BACKEND_BYTES=67108864
      ETCD_SNAPSHOT_COUNT=10000
      ETCD_MAX_SNAPSHOTS=2
      ETCD_MAX_WALS=2

      # A member whose data differ from the others' does not start.
      ETCD_EXPERIMENTAL_INITIAL_CORRUPT_CHECK=true
      ETCD_LOG_LEVEL=warn
      "
    `);
  });

  test("is as patient as its most patient member says, on all members", () => {
    const slow = fiveWith((yaml) =>
      yaml.replace("192.168.56.13 }", "192.168.56.13, vars: { base: { patience: 10 } } }"),
    );
    for (const name of ["web-01", "web-03"]) {
      const said = say(etcd(), slow, name).file(CONF);
      expect(said).toMatch(/HEARTBEAT_INTERVAL=1000\nETCD_ELECTION_TIMEOUT=10000\n/);
    }
  });

  test("never takes more than etcd can: the longest election times the most patience", () => {
    const most = fiveWith(
      (yaml) => `${yaml}\nvars: { base: { patience: 20 }, etcd: { electionMs: 2500 } }\n`,
    );
    expect(say(etcd(), most, "web-01").file(CONF)).toContain("ETCD_ELECTION_TIMEOUT=50000\n");
    const [shortest, heartbeat] = [500, 100];
    expect(5 * heartbeat).toBeLessThanOrEqual(shortest);
    for (const vars of ["{ electionMs: 499 }", "{ heartbeatMs: 101 }", "{ electionMs: 2501 }"])
      expect(() =>
        say(
          etcd(),
          fiveWith((yaml) => `${yaml}\nvars: { etcd: ${vars} }\n`),
          "web-01",
        ),
      ).toThrow("variables of role etcd");
  });

  test("restarts etcd only for what it reads at its start alone", () => {
    const said = say(etcd(), five, "web-01");
    const restarted = said.ids.filter((id) => said.notified(id).includes("restart etcd"));
    expect(restarted).toEqual([`file[${UNIT}]`, "file[/etc/etcd/authority.pem]", `file[${CONF}]`]);
  });

  test("has programs that sh can read", () => {
    const said = say(etcd(), five, "web-01");
    const wrong = (file: string) => spawnSync("sh", ["-n"], { input: said.file(file) }).status;
    expect([wrong(CTL), wrong(RESTART)]).toEqual([0, 0]);
  });

  test("opens the store to databases and members, and what members say to each other to members alone", () => {
    expect(say(etcd(), six, "web-01").opens.map(({ port, from, at }) => [port, from, at])).toEqual([
      [2379, ["database", "quorum"], "own"],
      [2380, ["quorum"], "own"],
    ]);
  });

  test("lets the first member that can be reached look after the users, and no other", () => {
    const facts = { "web-02": SETTLED, "web-03": SETTLED };
    const keepers = ["web-01", "web-02", "web-03"].filter((name) =>
      say(etcd(), five, name, { facts }).ids.includes("access[etcd]"),
    );
    expect(keepers).toEqual(["web-02"]);
  });

  test.each([
    ["web-01, web-02", "found 2 hosts: web-01, web-02; expected 1, 3 or 5."],
    ["web-01, web-02, web-03, db-01", "found 4 hosts: web-01, web-02, web-03, db-01; expected 1, 3 or 5."],
  ])("refuses a quorum of %s", (hosts, message) => {
    const inventory = fiveWith(quorum(hosts));
    expect(() => say(etcd(), inventory, "web-01")).toThrow(
      `${inventory.file} › groups/quorum/hosts: ${message}`,
    );
  });

  test("takes one member: it restarts without asking anybody", () => {
    const said = say(etcd(), fiveWith(quorum("web-02")), "web-02");
    expect(said.file(CTL)).toContain("ENDPOINTS:=https://192.168.56.12:2379}");
    expect(said.file(RESTART)).toContain("others=''\n");
  });
});

describe("a machine without data", () => {
  const birth = (...printed: (string | undefined)[]) =>
    birthOf(
      printed.map((output, index) => ({
        name: `web-0${index + 1}`,
        state: output === undefined ? undefined : memberState.parse(output),
      })),
    );

  test.each<[string, (string | undefined)[], string]>([
    ["all are new", [NEW, NEW, NEW], "found"],
    ["a founding broke off on one", [FOUNDING, NEW, NEW], "found"],
    ["a founding broke off on two", [FOUNDING, FOUNDING, NEW], "found"],
    ["one has had a leader", [SETTLED, FOUNDING, NEW], "join"],
    ["the others have the store", [NEW, SETTLED, SETTLED], "join"],
    ["two were made anew at once", [SETTLED, NEW, NEW], "join"],
    ["one has the store, one is off", [SETTLED, NEW, undefined], "join"],
    ["one is off, and may have the store", [NEW, NEW, undefined], "unsure"],
    ["a founding broke off, and one is off", [FOUNDING, NEW, undefined], "unsure"],
    ["it is the only member", [NEW], "found"],
  ])("if %s", (_, printed, how) => {
    expect(birth(...printed).how).toBe(how);
  });

  test("says why nothing is founded, and what to do", () => {
    expect(birth(NEW, undefined, undefined)).toMatchObject({
      why: "found no store on the machines that can be reached, and web-02 and web-03 cannot be: they may have it, and a second one must not be founded. Bring web-02 and web-03 back and run again, or take them out of the group quorum.",
    });
  });
});

describe("what a member says of itself", () => {
  /** Runs the observer with a member that answers so, and with this seal of the last run. */
  const seen = (health: string, revision: number, seal: string) => {
    const fakes = `curl() { case $* in *health*) printf %s '${health}' ;; *) echo 'etcd_debugging_auth_revision ${revision}' ;; esac; }
cat() { echo '${seal}'; }`;
    const gather = says("health").observer.gather.reveal();
    const { stdout } = spawnSync("sh", ["-c", `${fakes}\n${gather}`, "sh", "health", "access"], {
      encoding: "utf8",
    });
    return stdout.split("\n").filter(Boolean);
  };

  test("is a line each, though its health ends without a line break", () => {
    expect(seen('{"health":"true","reason":""}', 7, "hash 7")).toEqual([
      "store\thealth\ttrue",
      "store\taccess\thash",
    ]);
  });

  test("does not vouch for users that somebody has changed since, nor for any that no run has made", () => {
    expect(seen('{"health":"false","reason":"RAFT NO LEADER"}', 8, "hash 7")).toEqual([
      "store\thealth\tfalse",
    ]);
    expect(seen("", 8, "")).toEqual([]);
  });
});

describe("smoke tests of the store", () => {
  const [leader, admits] = say(etcd(), five, "web-01").smokeTests;
  const LIST =
    "1a, started, web-01, u, u, false\n2b, started, web-02, u, u, false\n3c, started, web-03, u, u, false";
  const ROLE =
    "Role failover\nKV Read:\n\t[a, b) (prefix /quintet/failover/)\nKV Write:\n\t[a, b) (prefix /quintet/failover/)";
  const store = (changed: Readonly<Record<string, string>> = {}) =>
    fakeProbe(five, {
      run: ({ name }, script) => {
        if (script.includes("endpoint status"))
          return `[{"leader":${changed[name] ?? "9372538179322589801"}}]`;
        if (script.includes("member list")) return changed["list"] ?? LIST;
        if (script.includes("user list")) return changed["users"] ?? "failover-db-01\nfailover-db-02\nroot\n";
        if (script.includes("role get")) return changed["role"] ?? ROLE;
        return changed["refusal"] ?? "remote error: tls: bad certificate";
      },
    });

  test("pass if all follow one leader, and only databases reach their keys", async () => {
    await expect(leader?.run(store())).resolves.toBe("web-01, web-02, web-03");
    await expect(admits?.run(store())).resolves.toBe("failover-db-01, failover-db-02: /quintet/failover/");
  });

  test("tell two leaders apart whose numbers differ in the last digit", async () => {
    await expect(leader?.run(store({ "web-03": "9372538179322589802" }))).rejects.toThrow(
      "web-03 follows 9372538179322589802",
    );
  });

  test("name a member that the inventory lacks, and how to take it out", async () => {
    await expect(leader?.run(store({ list: `${LIST}\n4d, started, web-04, u, u, false` }))).rejects.toThrow(
      `the inventory lacks the members web-04; to take one out, on a member: sudo ${CTL} member remove 4d`,
    );
  });

  test.each([
    [{ refusal: "" }, "web-01's usual certificate is answered"],
    [{ users: "root\n" }, "found no user for failover-db-01, failover-db-02"],
    [{ role: ROLE.replace(/prefix \S+\)$/, "prefix /)") }, "expected /quintet/failover/ alone"],
  ])("fail if %j", async (changed, message) => {
    await expect(admits?.run(store(changed))).rejects.toThrow(message);
  });
});
