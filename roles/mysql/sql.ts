import { type Observer, sh } from "../../engine/index.ts";

/** Anything that an SQL expression can say, all in one connection. Its arguments are the key and the expression. */
export const sqlObserver: Observer = {
  name: "sql",
  gather: sh`
    while [ $# -gt 0 ]; do
      printf "SELECT 'sql', '%s', (%s);\n" "$1" "$2"
      shift 2
    done | mysql --no-defaults -NB --force --connect-timeout=5 2>/dev/null`,
};

/** An observation of an SQL expression: empty when it is NULL, when the statement fails or when mysqld does not answer. */
export function expression(key: string, sql: string) {
  return { observer: sqlObserver, key, args: [key, `COALESCE((${sql}), '')`] };
}

/** Quotes text for SQL. */
export function literal(value: string): string {
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
