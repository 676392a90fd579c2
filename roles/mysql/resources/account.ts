import { pbkdf2Sync } from "node:crypto";
import { type Inventory, resource, type Secret, sh, text } from "../../../engine/index.ts";
import { expression, literal } from "./look.ts";

export interface AccountOptions {
  /** Hosts that it comes from, as MySQL writes them: `192.168.56.%`. */
  from: string;
  password: Secret;
  /** Exactly these privileges, each `PRIVILEGE ON SCOPE`. */
  grants: readonly string[];
}

/** A MySQL account that speaks TLS only, with this password and exactly these privileges. */
export const account = resource<AccountOptions>("account", (name, { from, password, grants }) => {
  const user = `${literal(name)}@${literal(from)}`;
  const grantee = literal(`'${name}'@'${from}'`);
  const row = `WHERE User = ${literal(name)} AND Host = ${literal(from)}`;
  const seal = `SHA2(CONCAT(authentication_string, ${literal(fingerprint(name, password))}), 256)`;
  const statements = text`
    CREATE USER IF NOT EXISTS ${user};
    ALTER USER ${user} IDENTIFIED WITH caching_sha2_password BY '${password}' REQUIRE SSL;
    REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${user};
    ${grants.map((grant) => `GRANT ${grant} TO ${user};`)}
    SET @seal = (SELECT ${seal} FROM mysql.user ${row});
    SET @statement = CONCAT(${literal(`ALTER USER ${user} ATTRIBUTE '{"quintet": "`)}, @seal, ${literal(`"}'`)});
    PREPARE statement FROM @statement;
    EXECUTE statement;
  `;
  return {
    expects: [
      {
        look: expression(`${name} exists`, `SELECT CONCAT(plugin, ' ', ssl_type) FROM mysql.user ${row}`),
        is: "caching_sha2_password ANY",
        label: "account",
      },
      {
        look: expression(
          `${name} password`,
          `SELECT IF(User_attributes->>'$.metadata.quintet' = ${seal}, 'as set', 'another one') FROM mysql.user ${row}`,
        ),
        is: "as set",
        label: "password",
      },
      {
        look: expression(`${name} grants`, privilegesOf(grantee)),
        is: [...grants].sort().join("; "),
        label: "privileges",
      },
    ],
    content: statements,
    apply: sh`content_$n | mysql --no-defaults`,
  };
});

/** The network that all machines share, as MySQL writes hosts: `192.168.56.%`; `%` when they share none. */
export function network(inventory: Inventory): string {
  const prefixes = new Set(inventory.hosts.map(({ address }) => address.split(".").slice(0, 3).join(".")));
  return prefixes.size === 1 ? `${[...prefixes][0]}.%` : "%";
}

// --- internal ---

// The server keeps only a salted hash. So the account carries a seal over that hash and the password's fingerprint: it
// breaks when either changes, here or there, and is checked without logging in.
function fingerprint(name: string, password: Secret): string {
  return pbkdf2Sync(password.reveal(), `quintet ${name}`, 2000, 32, "sha256").toString("hex");
}

function privilegesOf(grantee: string): string {
  const from = (table: string, scope: string) =>
    `SELECT CONCAT(PRIVILEGE_TYPE, ' ON ', ${scope}) AS g FROM information_schema.${table} WHERE GRANTEE = ${grantee} AND PRIVILEGE_TYPE <> 'USAGE'`;
  const all = [
    from("USER_PRIVILEGES", "'*.*'"),
    from("SCHEMA_PRIVILEGES", "CONCAT(TABLE_SCHEMA, '.*')"),
    from("TABLE_PRIVILEGES", "CONCAT(TABLE_SCHEMA, '.', TABLE_NAME)"),
  ];
  return `SELECT GROUP_CONCAT(g ORDER BY CAST(g AS BINARY) SEPARATOR '; ') FROM (${all.join(" UNION ALL ")}) AS granted`;
}
