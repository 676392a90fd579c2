import { resource, sh } from "../../../engine/index.ts";
import { expression, literal, SESSION } from "../../mysql/sql.ts";
import { describer, description, NEWEST } from "../templates/description.sql.ts";

export interface TablesOptions {
  /** Names of all migrations. */
  migrations: readonly string[];
}

/**
 * Tables as the newest migration left them. If somebody has changed them, a person decides: the run refuses, and runs no
 * migration on top. Not compared before the first migration, nor while one that died half-way is to be tried again.
 */
export const tables = resource<TablesOptions>("tables", (database, { migrations }) => {
  const table = `${database}.schema_migrations`;
  const names = migrations.map(literal).join(", ") || "''";
  const left = `SELECT tables_after FROM ${table} ${NEWEST} LIMIT 1`;
  const state = `SELECT CASE
    WHEN EXISTS (SELECT 1 FROM ${table} WHERE checksum = '' AND name IN (${names})) THEN 'as migrated'
    WHEN NOT EXISTS (SELECT 1 FROM ${table} WHERE checksum <> '') THEN 'as migrated'
    WHEN SUBSTRING_INDEX(COALESCE((${left}), ''), '\n', 1) <> ${describer(database)} THEN 'never noted'
    WHEN SHA2((${left}), 256) = SHA2((${description(database)}), 256) THEN 'as migrated'
    ELSE 'others' END`;
  const ask = (sql: string) => sh`mysql --no-defaults -NBr -e ${`${SESSION} ${sql}`}`;
  const told = sh`
    case $(${ask(state)}) in
      'never noted') echo 'noted for the first time with this MySQL and this Quintet: the tables as they are now' ;;
      others)
        ${ask(left)} >"$work/left"
        ${ask(description(database))} >"$work/now"
        echo ${`The tables of ${database} are not as the newest migration left them (-), somebody has changed them (+):`}
        diff "$work/left" "$work/now" | sed -n 's/^</-/p; s/^>/+/p'
        echo 'A run changes no table back, and runs no migration on top: undo this by hand. If it is wanted, add a migration then.'
        echo ${`To take the tables as they are: sudo mysql -e 'UPDATE ${table} SET tables_after = NULL'`} ;;
    esac`;
  return {
    expects: [{ observe: expression(`${database} tables`, state), is: "as migrated" }],
    diff: told,
    apply: sh`
    ${told}
    [ "$(${ask(state)})" = 'never noted' ]
    ${ask(`UPDATE ${table} SET tables_after = (${description(database)}) ${NEWEST} LIMIT 1`)}`,
  };
});
