import { lines, resource, sh, sha256Of } from "../../../engine/index.ts";
import { expression, literal, SESSION } from "../../mysql/sql.ts";
import { description } from "../templates/description.sql.ts";

export interface MigrationsOptions {
  /** In the order in which they run. */
  files: readonly { name: string; sql: string }[];
}

/** Migrations of a database, each run once. One that was changed after it ran is an error: it would not run again. */
export const migrations = resource<MigrationsOptions>("migrations", (database, { files }) => {
  const wanted = files.map(({ name, sql }) => ({
    name,
    sql,
    checksum: sha256Of(sql),
  }));
  const names = wanted.map(({ name }) => literal(name)).join(", ") || "''";
  const noted = `SELECT SHA2(GROUP_CONCAT(CONCAT(name, ' ', checksum) ORDER BY name SEPARATOR '\n'), 256) FROM ${database}.schema_migrations WHERE name IN (${names})`;
  const all = wanted.map(({ name, checksum }) => `${name} ${checksum}`).join("\n");
  return {
    expects: [
      {
        observe: expression(`${database} migrations`, noted),
        is: files.length === 0 ? "" : sha256Of(all),
      },
    ],
    diff: sh`
      ${lines(wanted.map(({ name }) => sh`${applied(database, name)} | grep -q . || echo ${`+ ${name}`}`))}`,
    apply: sh`
      described=${description(database)}
      ${lines(wanted.map((file) => migrate(database, file)))}`,
  };
});

// --- internal ---

function applied(database: string, name: string) {
  return sh`mysql --no-defaults -NB -e ${`SELECT checksum FROM ${database}.schema_migrations WHERE name = ${literal(name)}`} 2>/dev/null`;
}

/** A row without a checksum says that a migration has begun. DDL cannot be rolled back, so one that dies leaves a half. */
function migrate(database: string, { name, sql, checksum }: { name: string; sql: string; checksum: string }) {
  const table = `${database}.schema_migrations`;
  const later = `${SESSION} SET @last = (SELECT MAX(applied_at) FROM ${table} WHERE checksum <> '');`;
  const note = `UPDATE ${table} SET checksum = '${checksum}', applied_at = GREATEST(NOW(), COALESCE(@last + INTERVAL 1 SECOND, NOW())), tables_after =`;
  return sh`
    before=$(${applied(database, name)})
    if [ -z "$before" ]; then
      mysql --no-defaults -e ${`INSERT IGNORE INTO ${table} (name, checksum) VALUES (${literal(name)}, '')`}
      printf '%s\n%s (%s) %s;\n' ${sql} ${`${later}\n${note}`} "$described" ${`WHERE name = ${literal(name)}`} | mysql --no-defaults ${database}
    elif [ "$before" != ${checksum} ]; then
      echo ${`migration ${name} was changed after it ran; put its old content back and add another migration instead`}
      exit 1
    fi`;
}
