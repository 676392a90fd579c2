import { resource, sh } from "../../../engine/index.ts";
import { expression, literal } from "../../mysql/sql.ts";

/** A database in UTF-8, with the table that says which migrations have run. */
export const database = resource<object>("database", (name) => ({
  expects: [
    {
      observe: expression(
        `${name} database`,
        `SELECT CONCAT(DEFAULT_CHARACTER_SET_NAME, ' ', (SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = ${literal(name)} AND table_name = 'schema_migrations')) FROM information_schema.schemata WHERE schema_name = ${literal(name)}`,
      ),
      is: "utf8mb4 1",
      label: "character set, migrations table",
    },
  ],
  apply: sh`
    mysql --no-defaults <<'SQL'
    CREATE DATABASE IF NOT EXISTS \`${name}\` DEFAULT CHARACTER SET utf8mb4;
    CREATE TABLE IF NOT EXISTS \`${name}\`.schema_migrations (
      name VARCHAR(200) NOT NULL PRIMARY KEY,
      checksum CHAR(64) NOT NULL,
      applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
    );
    SQL`,
}));
