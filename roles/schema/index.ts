import { readdirSync, readFileSync } from "node:fs";
import { role, service } from "../../engine/index.ts";
import { currentPrimary, databaseState } from "../failover/topology.ts";
import { account } from "../mysql/resources/account.ts";
import { networks } from "../mysql/templates/account.sql.ts";
import { database } from "./resources/database.ts";
import { migrations } from "./resources/migrations.ts";
import { tables } from "./resources/tables.ts";
import { smokeTests } from "./smoke-tests.ts";
import { vars } from "./vars.ts";

/** The application's database, account and migrations. They are made on the primary and replicated from there. */
export const schema = role("schema", {
  summary: "the application's database, account and migrations, on the primary",
  vars,
  secrets: { DATABASE_PASSWORD: "the application logs in to MySQL with it" },
  facts: { group: "database", read: [databaseState] },

  resources: ({ vars, host, secret, ...context }) => {
    if (currentPrimary(context).name !== host.name) return [];
    const made = database(vars.database, { needs: service("mysql") });
    const files = sqlFiles(vars.migrations);
    return [
      made,
      account(vars.database, {
        from: networks(context.hosts("web")),
        password: secret("DATABASE_PASSWORD"),
        grants: [...READS_AND_ADDS.map((privilege) => `${privilege} ON ${vars.database}.*`), ...OBSERVES],
        needs: made,
      }),
      tables(vars.database, { migrations: files.map(({ name }) => name), needs: made }),
      migrations(vars.database, { files, needs: made }),
    ];
  },

  smokeTests,
});

// --- internal ---

/** Changing and deleting entries is a moderator's, who is root on the primary: scripts/guestbook.ts. */
const READS_AND_ADDS = ["INSERT", "SELECT"];

/**
 * With these the application can tell how far behind a replica is before it reads from it, and which of two that take
 * writes is the newer primary.
 */
const OBSERVES = ["REPLICATION CLIENT ON *.*", "SELECT ON quintet.*"];

function sqlFiles(folder: string) {
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  return names.sort().map((name) => ({ name, sql: readFileSync(`${folder}/${name}`, "utf8") }));
}
