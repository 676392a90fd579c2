import { resource, type Secret, sh, text } from "../../../engine/index.ts";
import { expression, literal } from "../sql.ts";
import { ATTRIBUTES, attributesOf, fingerprint, PLAIN, privilegesOf } from "../templates/account.sql.ts";

export interface AccountOptions {
  /** Hosts that it may come from, as MySQL writes them: `192.168.56.%`. */
  from: string;
  password: Secret;
  /** Exactly these privileges, each `PRIVILEGE ON SCOPE`. */
  grants: readonly string[];
}

/** A MySQL account that must use TLS, with this password and exactly these privileges. */
export const account = resource<AccountOptions>("account", (name, { from, password, grants }) => {
  const user = `${literal(name)}@${literal(from)}`;
  const row = `WHERE User = ${literal(name)} AND Host = ${literal(from)}`;
  const seal = `SHA2(CONCAT(authentication_string, ${literal(fingerprint(name, password))}), 256)`;
  const statements = text`
    CREATE USER IF NOT EXISTS ${user};
    ALTER USER ${user} IDENTIFIED WITH caching_sha2_password BY '${password}' ${PLAIN};
    ALTER USER ${user} DISCARD OLD PASSWORD;
    REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${user};
    SET @roles = (SELECT GROUP_CONCAT(QUOTE(FROM_USER), '@', QUOTE(FROM_HOST)) FROM mysql.role_edges WHERE TO_USER = ${literal(name)} AND TO_HOST = ${literal(from)});
    SET @statement = COALESCE(CONCAT('REVOKE ', @roles, ${literal(` FROM ${user}`)}), 'DO 0');
    PREPARE statement FROM @statement;
    EXECUTE statement;
    ${grants.map((grant) => `GRANT ${grant} TO ${user};`)}
    SET @seal = (SELECT ${seal} FROM mysql.user ${row});
    SET @statement = CONCAT(${literal(`ALTER USER ${user} ATTRIBUTE '{"quintet": "`)}, @seal, ${literal(`"}'`)});
    PREPARE statement FROM @statement;
    EXECUTE statement;
  `;
  return {
    expects: [
      {
        observe: expression(`${name} attributes`, attributesOf(name, from)),
        is: ATTRIBUTES,
        label: "account",
      },
      {
        observe: expression(
          `${name} password`,
          `SELECT IF(User_attributes->>'$.metadata.quintet' = ${seal}, 'as set', 'another one') FROM mysql.user ${row}`,
        ),
        is: "as set",
        label: "password",
      },
      {
        observe: expression(`${name} grants`, privilegesOf(name, from)),
        is: [...grants].sort().join("; "),
        label: "privileges",
      },
    ],
    content: statements,
    apply: sh`content_$n | mysql --no-defaults`,
  };
});
