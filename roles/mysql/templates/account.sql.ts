import { pbkdf2Sync } from "node:crypto";
import type { Inventory, Secret } from "../../../engine/index.ts";

/**
 * A password's fingerprint. The server keeps only a salted hash, so the account carries a seal over that hash and this
 * fingerprint. The seal breaks if the password changes, here or there, and it is checked without logging in.
 */
export function fingerprint(name: string, password: Secret): string {
  return pbkdf2Sync(password.reveal(), `quintet ${name}`, 2000, 32, "sha256").toString("hex");
}

/** All privileges of an account, as one expression: `SELECT ON a.*; UPDATE ON a.*`. */
export function privilegesOf(grantee: string): string {
  const from = (table: string, scope: string) =>
    `SELECT CONCAT(PRIVILEGE_TYPE, ' ON ', ${scope}) AS g FROM information_schema.${table} WHERE GRANTEE = ${grantee} AND PRIVILEGE_TYPE <> 'USAGE'`;
  const all = [
    from("USER_PRIVILEGES", "'*.*'"),
    from("SCHEMA_PRIVILEGES", "CONCAT(TABLE_SCHEMA, '.*')"),
    from("TABLE_PRIVILEGES", "CONCAT(TABLE_SCHEMA, '.', TABLE_NAME)"),
  ];
  return `SELECT GROUP_CONCAT(g ORDER BY CAST(g AS BINARY) SEPARATOR '; ') FROM (${all.join(" UNION ALL ")}) AS granted`;
}

/** The network that all machines share, as MySQL writes hosts: `192.168.56.%`. `%` if they share none. */
export function network(inventory: Inventory): string {
  const prefixes = new Set(inventory.hosts.map(({ address }) => address.split(".").slice(0, 3).join(".")));
  return prefixes.size === 1 ? `${[...prefixes][0]}.%` : "%";
}
