import { type Observer, sh } from "../../engine/index.ts";

/** Reads the values of SQL expressions, all over one connection. Arguments: key and expression. */
export const sqlObserver: Observer = {
  name: "sql",
  gather: sh`
    while [ $# -gt 0 ]; do
      printf "SELECT 'sql', '%s', (%s);\n" "$1" "$2"
      shift 2
    done | mysql --no-defaults -NB --force --connect-timeout=5 2>/dev/null`,
};

/** An observation of an SQL expression. Empty if it is NULL, if the statement fails or if mysqld does not answer. */
export function expression(key: string, sql: string) {
  return { observer: sqlObserver, key, args: [key, `COALESCE((${sql}), '')`] };
}

/** Quotes text for SQL. */
export function literal(value: string): string {
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
