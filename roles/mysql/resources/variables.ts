import { resource, sh } from "../../../engine/index.ts";
import { RESTART } from "../restart.ts";
import { configuration, type Settings } from "../settings.ts";
import { expression, SESSION, STARTED_WITH } from "../sql.ts";
import { differences, FILE } from "../templates/variables.sql.ts";

export interface VariablesOptions {
  settings: Settings;
  /** Variables that other resources look at. */
  others: readonly string[];
  /** Script that notes what mysqld has now. */
  script: string;
}

/**
 * MySQL's variables as its file gives them, while it runs. None is persisted: mysqld-auto.cnf would beat the file. What the
 * file does not name is as at mysqld's start. MySQL is restarted only if a variable cannot be set otherwise.
 */
export const variables = resource<VariablesOptions>("variables", (_name, { settings, others, script }) => {
  const rows = differences(
    configuration(settings).filter((line) => typeof line !== "string"),
    others,
  );
  const ask = (column: string) => {
    const question = `SELECT ${column} AS told FROM (${rows}) AS rows_ HAVING told IS NOT NULL ORDER BY line;`;
    return sh`{ printf '%s\n' ${SESSION}; cat ${STARTED_WITH} 2>/dev/null || :; printf '%s\n' ${question}; } | mysql --no-defaults -NBr`;
  };
  return {
    expects: [
      {
        observe: expression(
          "variables",
          `SELECT COALESCE(GROUP_CONCAT(line ORDER BY line SEPARATOR '; '), 'as configured') FROM (${rows}) AS rows_`,
        ),
        is: "as configured",
      },
    ],
    diff: ask("line"),
    apply: sh`
      statements=$(${ask("statement")})
      mysql --no-defaults -e 'RESET PERSIST'
      if printf '%s\n' "$statements" | mysql --no-defaults; then
        ${script}
      else
        ${RESTART}
      fi
      beaten=$(${ask("IF(beaten, line, NULL)")})
      [ -z "$beaten" ] || {
        echo ${`These beat ${FILE}. MySQL has them from a file that it reads later, or from its command line:`}
        printf '%s\n' "$beaten"
        echo 'Take them out there, restart MySQL (sudo systemctl restart mysql), and run again.'
        exit 1
      }`,
  };
});
