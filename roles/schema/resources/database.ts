import { resource, sh } from "../../../engine/index.ts";
import { expression, literal } from "../../mysql/sql.ts";

/** A database in UTF-8, with the table that says which migrations have run, and what the tables were after each. */
export const database = resource<object>("database", (name) => {
  const ours = `table_schema = ${literal(name)} AND table_name = 'schema_migrations'`;
  return {
    expects: [
      {
        observe: expression(
          `${name} database`,
          `SELECT CONCAT_WS(' ', DEFAULT_CHARACTER_SET_NAME, (SELECT GROUP_CONCAT(column_name ORDER BY ordinal_position) FROM information_schema.columns WHERE ${ours})) FROM information_schema.schemata WHERE schema_name = ${literal(name)}`,
        ),
        is: "utf8mb4 name,checksum,applied_at,tables_after",
        label: "character set, columns of schema_migrations",
      },
    ],
    // The column came later: older tables get it.
    apply: sh`
    mysql --no-defaults <<'SQL'
    CREATE DATABASE IF NOT EXISTS \`${name}\` DEFAULT CHARACTER SET utf8mb4;
    CREATE TABLE IF NOT EXISTS \`${name}\`.schema_migrations (
      name VARCHAR(200) NOT NULL PRIMARY KEY,
      checksum CHAR(64) NOT NULL,
      applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
      tables_after MEDIUMTEXT
    );
    SET @there = (SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = '${name}' AND table_name = 'schema_migrations' AND column_name = 'tables_after');
    SET @statement = IF(@there, 'DO 0', 'ALTER TABLE \`${name}\`.schema_migrations ADD COLUMN tables_after MEDIUMTEXT');
    PREPARE statement FROM @statement;
    EXECUTE statement;
    SQL`,
  };
});
