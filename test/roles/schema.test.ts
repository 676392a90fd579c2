import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sha256Of } from "../../engine/index.ts";
import { schema } from "../../roles/schema/index.ts";
import { migrations } from "../../roles/schema/resources/migrations.ts";
import { tables } from "../../roles/schema/resources/tables.ts";
import { describer, description } from "../../roles/schema/templates/description.sql.ts";
import { fakeProbe } from "../helpers/probe.ts";
import { runProgram } from "../helpers/program.ts";
import { five, fiveWith, say } from "../helpers/role-context.ts";
import { canSandbox, type Sandbox, sandbox } from "../helpers/sandbox.ts";

const PRIMARY = "installed\nwritable 1\nused 1\n";
const REPLICA = "installed\nwritable 0\nused 1\n";

describe("role schema", () => {
  test("makes database, migrations and account only on the primary, which the machines decide", () => {
    const facts = { "db-01": REPLICA, "db-02": PRIMARY };
    expect(say(schema(), five, "db-01", { facts }).ids).toEqual([]);
    expect(say(schema(), five, "db-02", { facts }).ids).toEqual([
      "database[guestbook]",
      "account[guestbook]",
      "tables[guestbook]",
      "migrations[guestbook]",
    ]);
  });

  test("grants the account only to read and add rows, and to see the state of replicas and the term", () => {
    const facts = { "db-01": PRIMARY, "db-02": REPLICA };
    const account = say(schema({ database: "shop" }), five, "db-01", { facts }).content("account[shop]");
    expect(account.split("\n").filter((line) => line.startsWith("GRANT"))).toEqual([
      "GRANT INSERT ON shop.* TO 'shop'@'192.168.56.%';",
      "GRANT SELECT ON shop.* TO 'shop'@'192.168.56.%';",
      "GRANT REPLICATION CLIENT ON *.* TO 'shop'@'192.168.56.%';",
      "GRANT SELECT ON quintet.* TO 'shop'@'192.168.56.%';",
    ]);
    expect(account).toContain("[secret DATABASE_PASSWORD]");
  });

  test("has an account in each network that web servers are in, and none for all networks", () => {
    const apart = fiveWith((yaml) =>
      yaml.replace("web-03: { address: 192.168.56.13 }", "web-03: { address: 192.168.57.13 }"),
    );
    const facts = { "db-01": PRIMARY, "db-02": REPLICA };
    const said = say(schema(), apart, "db-01", { facts }).content("account[guestbook]");
    expect([...new Set(said.match(/'guestbook'@'[^']+'/g))]).toEqual([
      "'guestbook'@'192.168.56.%'",
      "'guestbook'@'192.168.57.%'",
    ]);
  });

  test("makes nothing while the primary is not known", () => {
    expect(() => say(schema(), five, "db-02", { facts: { "db-02": REPLICA } })).toThrow(
      "db-01 cannot be reached",
    );
  });
});

describe("the description of a database", () => {
  test.each([
    ...["SCHEMATA", "TABLES", "COLUMNS", "STATISTICS", "REFERENTIAL_CONSTRAINTS", "CHECK_CONSTRAINTS"],
    ...["VIEWS", "TRIGGERS", "ROUTINES", "PARAMETERS", "EVENTS"],
  ])("has what information_schema.%s has of this database only", (view) => {
    const said = description("shop");
    expect(said).toMatch(new RegExp(`FROM information_schema\\.${view}\\b`));
    expect(said).not.toContain("DATABASE");
    expect(said.match(/_SCHEMA = 'shop'|SCHEMA_NAME = 'shop'/g)).toHaveLength(10);
  });

  test("is told from one in other words, so that other words are no difference", () => {
    expect(describer("shop")).toMatch(/@@GLOBAL\.version.* and Quintet [0-9a-f]{8}'/);
    expect(describer("shop")).not.toBe(describer("other"));
  });
});

describe.skipIf(!canSandbox)("a run on the primary", () => {
  const files = [
    { name: "0001-one.sql", sql: "CREATE TABLE one (id INT);" },
    { name: "0002-two.sql", sql: "CREATE TABLE two (id INT);" },
  ];
  const wanted = [
    tables("shop", { migrations: files.map(({ name }) => name) }),
    migrations("shop", { files: files.slice(1) }),
  ];

  const NOTED = sha256Of(`0002-two.sql ${sha256Of("CREATE TABLE two (id INT);")}`);

  /** MySQL whose tables are as the file `state` says. Its file `told` keeps what changes it. */
  const run = (box: Sandbox, mode: "check" | "apply") =>
    runProgram(box, wanted, {
      mode,
      before: `
        cd ${box.host}
        mysql() {
          case "$*" in *' -e '*) asked=\${*##* -e } ;; *) asked=$(cat) ;; esac
          case $asked in
            *"SELECT 'sql'"*)
              printf 'sql\\tshop tables\\t%s\\n' "$(cat state)"
              [ ! -e noted ] || printf 'sql\\tshop migrations\\t%s\\n' ${NOTED} ;;
            'SELECT checksum'*) ;;
            *'; SELECT CASE'*) cat state ;;
            *'; SELECT tables_after FROM'*) printf 'in words\\ntable one\\nunique key one.mail\\n' ;;
            *'; SELECT CONCAT('*) printf 'in words\\ntable one\\nview other\\n' ;;
            *) echo "$asked" >>told; echo 'as migrated' >state; case $asked in CREATE*) : >noted ;; esac ;;
          esac
        }`,
    });
  const write = (box: Sandbox, state: string) => writeFileSync(join(box.host, "state"), state);
  const told = (box: Sandbox) => {
    const file = join(box.host, "told");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  };

  test("refuses tables that somebody has changed, and runs no migration on them", async () => {
    const box = sandbox();
    write(box, "others");
    const plan = await run(box, "check");
    expect(plan.text).toContain("- unique key one.mail\n+ view other\n");
    const { said, text } = await run(box, "apply");
    expect(said.filter((line) => !line.startsWith("start"))).toEqual([
      "failed tables[shop] apply 1",
      "skipped migrations[shop] because tables[shop]",
    ]);
    expect(text).toContain("- unique key one.mail\n+ view other\n");
    expect(text).toContain("undo this by hand");
    expect(told(box)).toBe("");
  });

  test("notes tables that were never noted", async () => {
    const box = sandbox();
    write(box, "never noted");
    const plan = await run(box, "check");
    expect(plan.said).toContain("changed tables[shop]");
    expect(plan.text).toContain("noted for the first time");
    expect((await run(box, "apply")).said).toContain("changed tables[shop]");
    expect(told(box)).toMatch(/UPDATE shop\.schema_migrations SET tables_after = \(SELECT CONCAT\(/);
  });

  test("says of a migration that it has begun, runs it, and notes what the tables are then", async () => {
    const box = sandbox();
    write(box, "as migrated");
    const { said } = await run(box, "apply");
    expect(said).toContain("changed migrations[shop]");
    const [begun, ...rest] = told(box).split("\n");
    expect(begun).toBe(
      "INSERT IGNORE INTO shop.schema_migrations (name, checksum) VALUES ('0002-two.sql', '')",
    );
    expect(rest[0]).toBe("CREATE TABLE two (id INT);");
    expect(rest.join("\n")).toMatch(
      /UPDATE shop\.schema_migrations SET checksum = '[0-9a-f]{64}'.* tables_after = \(SELECT CONCAT\([\s\S]*WHERE name = '0002-two\.sql';/,
    );
  });
});

test("tables are not compared while a migration has begun that is there to be tried again", () => {
  const [expectation] = tables("shop", { migrations: ["0002-two.sql"] }).expects ?? [];
  expect(expectation?.observe.args?.[1]).toMatch(
    /CASE\s+WHEN EXISTS \(SELECT 1 FROM shop\.schema_migrations WHERE checksum = '' AND name IN \('0002-two\.sql'\)\) THEN 'as migrated'/,
  );
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
