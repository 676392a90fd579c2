import type { Setting } from "../settings.ts";
import { literal } from "../sql.ts";

/** Our file, as MySQL names it where it says which file set a variable. */
export const FILE = "/etc/mysql/mysql.conf.d/mysqld.cnf";

/**
 * A statement for a file: it tells a session what mysqld started with. A value that was persisted is left out. It is none to
 * go back to.
 */
export const STARTED = `SELECT CONCAT('SET @started = ', QUOTE(JSON_OBJECTAGG(VARIABLE_NAME, VARIABLE_VALUE)), ';')
  FROM performance_schema.global_variables JOIN performance_schema.variables_info USING (VARIABLE_NAME)
  WHERE VARIABLE_SOURCE <> 'PERSISTED'`;

/**
 * Rows of how the variables differ from the settings and from what mysqld started with (`@started`): `line` names the
 * difference, `statement` undoes it without a restart, and it is `beaten` if another option file says otherwise. A variable's
 * source is DYNAMIC even if only a session has set it, so values are compared. `others` are variables that other resources
 * look at.
 */
export function differences(settings: readonly Setting[], others: readonly string[]): string {
  const valued = settings.filter(({ variable, runs }) => variable && runs && !others.includes(variable));
  const brought = settings.filter(
    ({ variable, runs }) => variable && !runs && !valued.some((other) => other.variable === variable),
  );
  const rows = [
    ...valued.map(({ variable = "", runs }) => `ROW(${literal(variable)}, ${runs}, ${runs})`),
    ...brought.map(
      ({ variable = "", value }) => `ROW(${literal(variable)}, NULL, ${literal(`from ${value}`)})`,
    ),
  ];
  const known = [...valued, ...brought].flatMap(({ variable = "" }) => [variable, formerly(variable)]);
  const skipped = [...new Set([...known, ...MOVES])].map(literal).join(", ");
  return `WITH
    wanted (name, needed, shown) AS (VALUES ${rows.join(", ")}),
    off AS (SELECT name, needed, shown, VARIABLE_VALUE AS value FROM wanted
      LEFT JOIN performance_schema.global_variables ON VARIABLE_NAME = name
      WHERE VARIABLE_NAME IS NULL OR VARIABLE_VALUE <> needed),
    loose AS (SELECT VARIABLE_NAME AS name, VARIABLE_SOURCE AS source, VARIABLE_PATH AS path
      FROM performance_schema.variables_info
      WHERE (VARIABLE_SOURCE IN ('DYNAMIC', 'PERSISTED') OR VARIABLE_PATH = ${literal(FILE)}) AND VARIABLE_NAME NOT IN (${skipped})),
    strays AS (SELECT name, VARIABLE_VALUE AS value, source, path, IF(source = 'DYNAMIC', ${BEFORE}, NULL) AS started
      FROM loose JOIN performance_schema.global_variables ON VARIABLE_NAME = name
      WHERE source <> 'DYNAMIC' OR @started IS NULL OR VARIABLE_VALUE <> ${BEFORE})
    SELECT CONCAT(name, ': ', IF(value IS NULL, 'absent', ${FOUND}), ' -> ', shown) AS line,
      IF(${BEATEN}, NULL, ${set("name", "needed")}) AS statement, ${BEATEN} AS beaten
      FROM off LEFT JOIN (SELECT VARIABLE_NAME AS name, VARIABLE_SOURCE AS source, VARIABLE_PATH AS path
        FROM performance_schema.variables_info) AS info USING (name)
    UNION ALL SELECT CONCAT(name, ': ', ${FOUND}, ' -> ', COALESCE(started, 'default')), ${set("name", "started")}, FALSE
      FROM strays WHERE source <> 'DYNAMIC' OR @started IS NOT NULL
    UNION ALL SELECT 'variables that the file does not name: never compared -> as MySQL has them',
      COALESCE((SELECT GROUP_CONCAT(${set("name", "NULL")} SEPARATOR ' ') FROM strays WHERE source = 'DYNAMIC'), 'DO 0;'), FALSE
      FROM DUAL WHERE @started IS NULL
    UNION ALL SELECT CONCAT('persisted ', VARIABLE_NAME, ': ', VARIABLE_VALUE, ' -> absent'), NULL, FALSE
      FROM performance_schema.persisted_variables
    UNION ALL SELECT 'redo log: OFF -> ON', 'ALTER INSTANCE ENABLE INNODB REDO_LOG;', FALSE
      FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Innodb_redo_log_enabled' AND VARIABLE_VALUE = 'OFF'`;
}

// --- internal ---

/** Set as mysqld runs, by the manager, by replication and clones, or by MySQL itself. */
const MOVES = [
  ...["super_read_only", "read_only", "rpl_semi_sync_source_enabled", "offline_mode"],
  ...["clone_valid_donor_list", "clone_ssl_ca", "gtid_purged"],
];

/** The value, and what it is from: `0 (PERSISTED)`, `0 (GLOBAL /etc/mysql/conf.d/other.cnf)`. */
const FOUND = `CONCAT(value, ' (', source, IF(path IN ('', ${literal(FILE)}) OR source IN ('DYNAMIC', 'PERSISTED'), '', CONCAT(' ', path)), ')')`;

const BEFORE = `JSON_UNQUOTE(JSON_EXTRACT(@started, CONCAT('$."', name, '"')))`;

const BEATEN = `COALESCE(source NOT IN ('DYNAMIC', 'PERSISTED', 'COMPILED') AND path <> ${literal(FILE)}, FALSE)`;

/** SQL for a statement. MySQL takes numbers without quotes only. What mysqld has read of TLS it reads again. */
function set(name: string, value: string): string {
  const words = `IF(${value} IS NULL, 'DEFAULT', IF(${value} REGEXP '^-?[0-9]+([.][0-9]+)?$', ${value}, QUOTE(${value})))`;
  return `CONCAT('SET GLOBAL ', ${name}, ' = ', ${words}, IF(${name} REGEXP '^(ssl|tls)_', '; ALTER INSTANCE RELOAD TLS;', ';'))`;
}

/** The name that a variable had before MySQL 8.0.26. MySQL still shows both. */
function formerly(variable: string): string {
  return variable.replace("replica", "slave").replace("source", "master");
}
