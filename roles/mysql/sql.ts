import { type Observer, sh } from "../../engine/index.ts";

/** How every session begins that compares: lists are not cut off at MySQL's 1024 bytes, and no sql_mode changes quotes. */
export const SESSION = "SET SESSION group_concat_max_len = 16777216, sql_mode = '';";

/** A file with a statement that sets `@started`: all variables as they were when mysqld had started. Each start of mysqld writes it. */
export const STARTED_WITH = "/var/lib/quintet/mysql/started.sql";

/** Reads the values of SQL expressions, all over one connection. Arguments: key and expression. */
export const sqlObserver: Observer = {
  name: "sql",
  gather: sh`
    {
      printf '%s\n' ${SESSION}
      cat ${STARTED_WITH} 2>/dev/null || :
      while [ $# -gt 0 ]; do
        printf "SELECT 'sql', '%s', (%s);\n" "$1" "$2"
        shift 2
      done
    } | mysql --no-defaults -NB --force --connect-timeout=5 2>/dev/null`,
};

/** An observation of an SQL expression. Empty if it is NULL, if the statement fails or if mysqld does not answer. */
export function expression(key: string, sql: string) {
  return { observer: sqlObserver, key, args: [key, `COALESCE((${sql}), '')`] };
}

/** Quotes text for SQL. */
export function literal(value: string): string {
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
