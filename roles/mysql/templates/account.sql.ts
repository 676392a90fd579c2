import { pbkdf2Sync } from "node:crypto";
import { type Host, type Secret, type Text, text } from "../../../engine/index.ts";
import { literal } from "../sql.ts";

/** One row of mysql.user. */
export interface Entry {
  readonly name: string;
  /** A network, as MySQL writes it: `192.168.56.%`; or an address. */
  readonly from: string;
  /** Somebody else locks and unlocks it. It begins locked. */
  readonly lockedByOthers?: boolean;
}

/**
 * Statements that make an account with exactly these privileges, or make it so again. If its password was one of ours, it
 * stays valid beside the new one, so that no client fails that does not have that yet. A run after an hour takes it away.
 */
export function made(entry: Entry, password: Secret, grants: readonly string[]): Text {
  const user = userOf(entry);
  return text`
    SET @own = (SELECT User_attributes->>'$.metadata.made' = ${OWN} FROM mysql.user ${rowOf(entry)});
    SET @broken = (SELECT plugin <> 'caching_sha2_password' OR authentication_string = '' FROM mysql.user ${rowOf(entry)});
    ${conditional("@broken", `DROP USER ${user}`)}
    CREATE USER IF NOT EXISTS ${user} IDENTIFIED WITH caching_sha2_password BY '${password}'${entry.lockedByOthers ? " ACCOUNT LOCK" : ""};
    SET @own = @own AND (${sealed(entry, password)}) <> 'as set';
    ALTER USER ${user} IDENTIFIED WITH caching_sha2_password BY '${password}' RETAIN CURRENT PASSWORD ${PLAIN}${entry.lockedByOthers ? "" : " ACCOUNT UNLOCK"};
    ${conditional("COALESCE(@own, 0) = 0", `ALTER USER ${user} DISCARD OLD PASSWORD`)}
    REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${user};
    SET @roles = (SELECT GROUP_CONCAT(QUOTE(FROM_USER), '@', QUOTE(FROM_HOST)) FROM mysql.role_edges WHERE TO_USER = ${literal(entry.name)} AND TO_HOST = ${literal(entry.from)});
    SET @statement = COALESCE(CONCAT('REVOKE ', @roles, ${literal(` FROM ${user}`)}), 'DO 0');
    PREPARE statement FROM @statement;
    EXECUTE statement;
    ${grants.map((grant) => `GRANT ${grant} TO ${user};`)}
    SET @attributes = (SELECT JSON_OBJECT('quintet', ${sealOf(entry, password)}, 'made', ${OWN}) FROM mysql.user ${rowOf(entry)});
    SET @statement = CONCAT(${literal(`ALTER USER ${user} ATTRIBUTE `)}, QUOTE(@attributes));
    PREPARE statement FROM @statement;
    EXECUTE statement;
  `;
}

/** Whether the account has this password, as one expression: `as set` or `another one`. */
export function sealed(entry: Entry, password: Secret): string {
  return `SELECT IF(User_attributes->>'$.metadata.quintet' = ${sealOf(entry, password)}, 'as set', 'another one') FROM mysql.user ${rowOf(entry)}`;
}

/** All privileges of an account, as one expression: `SELECT ON a.*; UPDATE ON a.*`. Roles that it has count as privileges. */
export function privilegesOf({ name, from }: Entry): string {
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
 * hour, whether it has had a second password for an hour, and what else MySQL keeps in User_attributes (locking after failed logins,
 * restrictions). Without our seal and without the second password's hash, because diffs show the rest.
 */
export function attributesOf({ name, from, lockedByOthers }: Entry): string {
  return `SELECT CONCAT(plugin, ', TLS ', ssl_type, ' ', ssl_cipher, x509_issuer, x509_subject,
    ', locked ', ${lockedByOthers ? "'N'" : "account_locked"}, ', expired ', password_expired, ', lifetime ', IFNULL(password_lifetime, 'default'),
    ', require current ', IFNULL(Password_require_current, 'default'),
    ', limits ', CONCAT_WS(' ', max_questions, max_updates, max_connections, max_user_connections),
    ', second password ', JSON_CONTAINS_PATH(COALESCE(User_attributes, '{}'), 'one', '$.additional_password') AND password_last_changed < NOW() - INTERVAL 1 HOUR,
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
  "PASSWORD EXPIRE NEVER PASSWORD REQUIRE CURRENT DEFAULT FAILED_LOGIN_ATTEMPTS 0 PASSWORD_LOCK_TIME 0",
].join(" ");

/** Accounts of this name from other hosts than these, as one expression: `192.168.%`. */
export function elsewhere(name: string, from: readonly string[]): string {
  return `SELECT GROUP_CONCAT(Host ORDER BY Host) FROM mysql.user WHERE ${otherHosts(name, from)}`;
}

/** Statements that drop them. */
export const droppedElsewhere = (name: string, from: readonly string[]) => text`
  SET @others = (SELECT GROUP_CONCAT(QUOTE(User), '@', QUOTE(Host)) FROM mysql.user WHERE ${otherHosts(name, from)});
  SET @statement = COALESCE(CONCAT('DROP USER ', @others), 'DO 0');
  PREPARE statement FROM @statement;
  EXECUTE statement;
`;

/** The networks that hosts are in, as MySQL writes them: `192.168.56.%`. An account for all networks would be open to everyone. */
export function networks(hosts: readonly Host[]): string[] {
  return [...new Set(hosts.map(({ address }) => `${address.split(".").slice(0, 3).join(".")}.%`))].sort();
}

// --- internal ---

/** A password that a run has set and nobody has changed since. It says nothing of which one that is. */
const OWN = "SHA2(CONCAT('quintet', authentication_string), 256)";

/** Runs a statement without secrets if the condition holds. */
const conditional = (condition: string, statement: string) => text`
  SET @statement = IF(${condition}, ${literal(statement)}, 'DO 0');
  PREPARE statement FROM @statement;
  EXECUTE statement;
`;

const otherHosts = (name: string, from: readonly string[]) =>
  `User = ${literal(name)} AND Host NOT IN (${from.map(literal).join(", ")})`;

const userOf = ({ name, from }: Entry) => `${literal(name)}@${literal(from)}`;
const rowOf = ({ name, from }: Entry) => `WHERE User = ${literal(name)} AND Host = ${literal(from)}`;

function sealOf({ name }: Entry, password: Secret): string {
  return `SHA2(CONCAT(authentication_string, ${literal(fingerprint(name, password))}), 256)`;
}

/**
 * A password's fingerprint. The server keeps only a salted hash, so the account carries a seal over that hash and this
 * fingerprint. The seal breaks if the password changes, here or there, and it is checked without logging in.
 */
function fingerprint(name: string, password: Secret): string {
  return pbkdf2Sync(password.reveal(), `quintet ${name}`, 2000, 32, "sha256").toString("hex");
}
