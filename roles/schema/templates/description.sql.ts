import { sha256Of } from "../../../engine/index.ts";
import { literal } from "../../mysql/sql.ts";

/**
 * SQL expression for what a database consists of, one sorted line each: tables, columns, keys, constraints, views, triggers,
 * routines and events. The first line says who describes: another MySQL or Quintet may use other words for the same.
 */
export function description(database: string): string {
  const parts = PARTS.map((part) => part.replaceAll("DATABASE", literal(database)));
  return `SELECT CONCAT(${describer(database)}, '\\n', COALESCE(GROUP_CONCAT(line ORDER BY CAST(line AS BINARY) SEPARATOR '\\n'), ''))
    FROM (${parts.join(" UNION ALL ")}) AS parts`;
}

/** SQL expression for the first line of such a description. */
export function describer(database: string): string {
  const words = sha256Of(`${database}\n${PARTS.join("\n")}`).slice(0, 8);
  return `CONCAT('in words of MySQL ', SUBSTRING_INDEX(@@GLOBAL.version, '.', 2), ${literal(` and Quintet ${words}`)})`;
}

/** Where the newest migration is among those that have run. */
export const NEWEST = "WHERE checksum <> '' ORDER BY applied_at DESC, name DESC";

// --- internal ---

/** The table of migrations is left out: it is the comparison's own. Bodies are shown by their hash, they have many lines. */
const OURS = "TABLE_NAME <> 'schema_migrations'";
const hash = (body: string) => `LEFT(SHA2(${body}, 256), 16)`;
const parts = (...words: string[]) => `CONCAT_WS(' ', ${words.join(", ")})`;

const PARTS = [
  `SELECT CONCAT('database: ', DEFAULT_COLLATION_NAME) AS line FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = DATABASE`,
  `SELECT CONCAT('table ', TABLE_NAME, ': ', ${parts("ENGINE", "TABLE_COLLATION", "NULLIF(CREATE_OPTIONS, '')")})
    FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE AND TABLE_TYPE = 'BASE TABLE' AND ${OURS}`,
  `SELECT CONCAT('column ', TABLE_NAME, '.', COLUMN_NAME, ': ', ${parts(
    "ORDINAL_POSITION",
    "COLUMN_TYPE",
    "COLLATION_NAME",
    "IF(IS_NULLABLE = 'YES', 'null', 'not null')",
    "IF(COLUMN_DEFAULT IS NULL, NULL, CONCAT('default ', QUOTE(COLUMN_DEFAULT)))",
    "NULLIF(EXTRA, '')",
    "NULLIF(GENERATION_EXPRESSION, '')",
  )}) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE AND ${OURS}`,
  `SELECT CONCAT(IF(MIN(NON_UNIQUE), 'key ', 'unique key '), TABLE_NAME, '.', INDEX_NAME, ': ', MIN(INDEX_TYPE), IF(MIN(IS_VISIBLE) = 'YES', '', ' invisible'), ' (',
    GROUP_CONCAT(COALESCE(COLUMN_NAME, EXPRESSION), COALESCE(CONCAT('(', SUB_PART, ')'), ''), IF(COLLATION = 'D', ' desc', '') ORDER BY SEQ_IN_INDEX SEPARATOR ', '), ')')
    FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE AND ${OURS} GROUP BY TABLE_NAME, INDEX_NAME`,
  `SELECT CONCAT('foreign key ', r.TABLE_NAME, '.', r.CONSTRAINT_NAME, ': (', GROUP_CONCAT(k.COLUMN_NAME ORDER BY k.ORDINAL_POSITION SEPARATOR ', '), ') to ', r.UNIQUE_CONSTRAINT_SCHEMA, '.', r.REFERENCED_TABLE_NAME, ' (',
    GROUP_CONCAT(k.REFERENCED_COLUMN_NAME ORDER BY k.ORDINAL_POSITION SEPARATOR ', '), ') on update ', MIN(r.UPDATE_RULE), ' on delete ', MIN(r.DELETE_RULE))
    FROM information_schema.REFERENTIAL_CONSTRAINTS r JOIN information_schema.KEY_COLUMN_USAGE k USING (CONSTRAINT_SCHEMA, CONSTRAINT_NAME)
    WHERE r.CONSTRAINT_SCHEMA = DATABASE GROUP BY r.TABLE_NAME, r.CONSTRAINT_NAME, r.UNIQUE_CONSTRAINT_SCHEMA, r.REFERENCED_TABLE_NAME`,
  `SELECT CONCAT('check ', TABLE_NAME, '.', CONSTRAINT_NAME, ': ', CHECK_CLAUSE, IF(ENFORCED = 'YES', '', ' not enforced'))
    FROM information_schema.CHECK_CONSTRAINTS JOIN information_schema.TABLE_CONSTRAINTS USING (CONSTRAINT_SCHEMA, CONSTRAINT_NAME)
    WHERE CONSTRAINT_SCHEMA = DATABASE AND CONSTRAINT_TYPE = 'CHECK'`,
  `SELECT CONCAT('view ', TABLE_NAME, ': ', ${parts("SECURITY_TYPE", "DEFINER", "CHECK_OPTION", hash("VIEW_DEFINITION"))})
    FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE`,
  `SELECT CONCAT('trigger ', TRIGGER_NAME, ': ', ${parts("ACTION_TIMING", "EVENT_MANIPULATION", "EVENT_OBJECT_TABLE", "ACTION_ORDER", "DEFINER", hash("ACTION_STATEMENT"))})
    FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE`,
  `SELECT CONCAT(LOWER(ROUTINE_TYPE), ' ', ROUTINE_NAME, ': ', ${parts("SECURITY_TYPE", "DEFINER", "IS_DETERMINISTIC", "SQL_DATA_ACCESS", hash("ROUTINE_DEFINITION"))},
    (SELECT CONCAT('(', GROUP_CONCAT(CONCAT_WS(' ', PARAMETER_MODE, PARAMETER_NAME, p.DTD_IDENTIFIER) ORDER BY ORDINAL_POSITION SEPARATOR ', '), ')')
      FROM information_schema.PARAMETERS p WHERE SPECIFIC_SCHEMA = ROUTINE_SCHEMA AND p.SPECIFIC_NAME = r.SPECIFIC_NAME))
    FROM information_schema.ROUTINES r WHERE ROUTINE_SCHEMA = DATABASE`,
  // On a machine that was a replica an event has another status, though nobody has changed it.
  `SELECT CONCAT('event ', EVENT_NAME, ': ', ${parts("DEFINER", "EVENT_TYPE", "INTERVAL_VALUE", "INTERVAL_FIELD", "EXECUTE_AT", "IF(STATUS = 'DISABLED', 'disabled', NULL)", hash("EVENT_DEFINITION"))})
    FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE`,
];
