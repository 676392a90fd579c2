import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventually, inside, provision, smoke } from "../machines.ts";
import { visitors } from "../visitors.ts";

const sql = (statement: string) => inside("db-01", `mysql --no-defaults -NB -e ${JSON.stringify(statement)}`);
const seconds = () =>
  sql(
    "SELECT User FROM mysql.user WHERE User_attributes->>'$.additional_password' IS NOT NULL ORDER BY User",
  );

/** First the databases, which then take both, then the web servers. */
async function run() {
  const databases = await provision("--role", "mysql,failover,replication,schema");
  const web = await provision("--role", "app");
  return { exitCodes: [databases.exitCode, web.exitCode], changed: [...databases.changed, ...web.changed] };
}

/** Passwords of MySQL that change in .env. */
export function passwords(): void {
  describe("passwords of the databases", () => {
    test("change under way, and no request fails; an hour later the old ones end", async () => {
      const before = readFileSync(".env", "utf8");
      const put = (text: string) => writeFileSync(".env", text);
      onTestFinished(async () => {
        put(before);
        await run();
        // They would be drift in an hour, and other stories may still run then.
        for (const account of [
          "'guestbook'@'192.168.56.%'",
          "'replication'@'192.168.56.14'",
          "'replication'@'192.168.56.15'",
        ])
          await sql(`ALTER USER ${account} DISCARD OLD PASSWORD`);
      });
      const crowd = visitors();
      put(
        before.replace(
          /^(DATABASE|REPLICATION)_PASSWORD=.*$/gm,
          "$1_PASSWORD=another-one-of-thirty-characters",
        ),
      );
      expect((await run()).exitCodes).toEqual([0, 0]);
      const { answered, written, failures } = await crowd.stop();
      expect(failures).toEqual([]);
      expect([answered > 50, written.length > 20]).toEqual([true, true]);
      expect((await seconds()).split("\n")).toEqual(["guestbook", "replication", "replication"]);
      expect((await run()).changed).toEqual([]);

      await sql(
        "UPDATE mysql.user SET password_last_changed = NOW() - INTERVAL 2 HOUR WHERE User = 'guestbook'; FLUSH PRIVILEGES",
      );
      expect((await run()).changed).toEqual(["db-01 schema account[guestbook]"]);
      expect((await seconds()).split("\n")).toEqual(["replication", "replication"]);
      await eventually(30, () => smoke("--gentle"));
    });
  });
}
