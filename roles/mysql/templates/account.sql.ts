import { pbkdf2Sync } from "node:crypto";
import type { Inventory, Secret } from "../../../engine/index.ts";
import { literal } from "../sql.ts";

/**
 * A password's fingerprint. The server keeps only a salted hash, so the account carries a seal over that hash and this
 * fingerprint. The seal breaks if the password changes, here or there, and it is checked without logging in.
 */
export function fingerprint(name: string, password: Secret): string {
  return pbkdf2Sync(password.reveal(), `quintet ${name}`, 2000, 32, "sha256").toString("hex");
}

/** All privileges of an account, as one expression: `SELECT ON a.*; UPDATE ON a.*`. Roles that it has count as privileges. */
export function privilegesOf(name: string, from: string): string {
  const grantee = literal(`'${name}'@'${from}'`);
  const rows = (table: string, scope: string) =>
    `SELECT CONCAT(PRIVILEGE_TYPE, ' ON ', ${scope}, IF(IS_GRANTABLE = 'YES', ' WITH GRANT OPTION', '')) AS g FROM information_schema.${table} WHERE GRANTEE = ${grantee} AND (PRIVILEGE_TYPE <> 'USAGE' OR IS_GRANTABLE = 'YES')`;
  const all = [
    rows("USER_PRIVILEGES", "'*.*'"),
    rows("SCHEMA_PRIVILEGES", "CONCAT(TABLE_SCHEMA, '.*')"),
    rows("TABLE_PRIVILEGES", "CONCAT(TABLE_SCHEMA, '.', TABLE_NAME)"),
    rows("COLUMN_PRIVILEGES", "CONCAT(TABLE_SCHEMA, '.', TABLE_NAME, '(', COLUMN_NAME, ')')"),
    `SELECT CONCAT(Proc_priv, ' ON ', Db, '.', Routine_name) FROM mysql.procs_priv WHERE User = ${literal(name)} AND Host = ${literal(from)}`,
    `SELECT CONCAT('role ', FROM_USER, '@', FROM_HOST) FROM mysql.role_edges WHERE TO_USER = ${literal(name)} AND TO_HOST = ${literal(from)}`,
  ];
  return `SELECT GROUP_CONCAT(g ORDER BY CAST(g AS BINARY) SEPARATOR '; ') FROM (${all.join(" UNION ALL ")}) AS granted`;
}

/**
 * Every attribute of an account beside its password and privileges, as one expression: plugin, TLS, locks, expiry, limits per
 * hour, whether it has a second password, and what else MySQL keeps in User_attributes (locking after failed logins,
 * restrictions). Without our seal and without the second password's hash, because diffs show the rest.
 */
export function attributesOf(name: string, from: string): string {
  return `SELECT CONCAT(plugin, ', TLS ', ssl_type, ' ', ssl_cipher, x509_issuer, x509_subject,
    ', locked ', account_locked, ', expired ', password_expired, ', lifetime ', IFNULL(password_lifetime, 'default'),
    ', require current ', IFNULL(Password_require_current, 'default'),
    ', limits ', CONCAT_WS(' ', max_questions, max_updates, max_connections, max_user_connections),
    ', second password ', JSON_CONTAINS_PATH(COALESCE(User_attributes, '{}'), 'one', '$.additional_password'),
    ', more ', JSON_REMOVE(COALESCE(User_attributes, '{}'), '$.metadata', '$.additional_password'))
    FROM mysql.user WHERE User = ${literal(name)} AND Host = ${literal(from)}`;
}

/** What `attributesOf` shows of an account that `PLAIN` made so. */
export const ATTRIBUTES =
  "caching_sha2_password, TLS ANY , locked N, expired N, lifetime 0, require current default, limits 0 0 0 0, second password 0, more {}";

/** The attributes, for ALTER USER. */
export const PLAIN = [
  "REQUIRE SSL",
  "WITH MAX_QUERIES_PER_HOUR 0 MAX_UPDATES_PER_HOUR 0 MAX_CONNECTIONS_PER_HOUR 0 MAX_USER_CONNECTIONS 0",
  "PASSWORD EXPIRE NEVER PASSWORD REQUIRE CURRENT DEFAULT FAILED_LOGIN_ATTEMPTS 0 PASSWORD_LOCK_TIME 0 ACCOUNT UNLOCK",
].join(" ");

/** The network that all machines share, as MySQL writes hosts: `192.168.56.%`. `%` if they share none. */
export function network(inventory: Inventory): string {
  const prefixes = new Set(inventory.hosts.map(({ address }) => address.split(".").slice(0, 3).join(".")));
  return prefixes.size === 1 ? `${[...prefixes][0]}.%` : "%";
}
