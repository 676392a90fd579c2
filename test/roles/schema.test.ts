import { describe, expect, test } from "vitest";
import { schema } from "../../roles/schema/index.ts";
import { fakeProbe } from "../helpers/probe.ts";
import { five, say } from "../helpers/role-context.ts";

const PRIMARY = "installed\nmark primary\nwritable 1\nused 1\n";
const REPLICA = "installed\nmark replica\nwritable 0\nused 1\nsource 192.168.56.15\n";

describe("role schema", () => {
  test("makes database, migrations and account only on the primary, which the machines decide", () => {
    const facts = { "db-01": REPLICA, "db-02": PRIMARY };
    expect(say(schema(), five, "db-01", { facts }).ids).toEqual([]);
    expect(say(schema(), five, "db-02", { facts }).ids).toEqual([
      "database[guestbook]",
      "migrations[guestbook]",
      "account[guestbook]",
    ]);
  });

  test("grants the account only to read and change rows, and to see the state of replicas", () => {
    const facts = { "db-01": PRIMARY, "db-02": REPLICA };
    const account = say(schema({ database: "shop" }), five, "db-01", { facts }).content("account[shop]");
    expect(account.split("\n").filter((line) => line.startsWith("GRANT"))).toEqual([
      "GRANT DELETE ON shop.* TO 'shop'@'192.168.56.%';",
      "GRANT INSERT ON shop.* TO 'shop'@'192.168.56.%';",
      "GRANT SELECT ON shop.* TO 'shop'@'192.168.56.%';",
      "GRANT UPDATE ON shop.* TO 'shop'@'192.168.56.%';",
      "GRANT REPLICATION CLIENT ON *.* TO 'shop'@'192.168.56.%';",
    ]);
    expect(account).toContain("[secret DATABASE_PASSWORD]");
  });

  test("makes nothing while the primary is not known", () => {
    expect(() => say(schema(), five, "db-02", { facts: { "db-02": REPLICA } })).toThrow(
      "db-01 cannot be reached",
    );
  });
});

describe("smoke test of the schema", () => {
  const [refuses] = say(schema(), five, "db-01", {
    facts: { "db-01": PRIMARY, "db-02": REPLICA },
  }).smokeTests;
  const siteWhere = (answer: string) =>
    fakeProbe(five, {
      run: ({ name }, script) =>
        script.includes("super_read_only") ? (name === "db-01" ? "0" : "1") : name === "db-02" ? answer : "",
    });

  test("names a replica that refuses writes", async () => {
    await expect(refuses?.run(siteWhere("ERROR 1290 (HY000): --super-read-only"))).resolves.toBe(
      "db-02: error 1290, super_read_only",
    );
  });

  test("fails if a replica accepts a write", async () => {
    await expect(refuses?.run(siteWhere("it took the write"))).rejects.toThrow(
      "db-02: found it took the write; expected error 1290, read-only",
    );
  });
});
