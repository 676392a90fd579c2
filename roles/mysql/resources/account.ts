import { resource, type Secret, sh, text } from "../../../engine/index.ts";
import { expression } from "../sql.ts";
import {
  ATTRIBUTES,
  attributesOf,
  droppedElsewhere,
  type Entry,
  elsewhere,
  made,
  privilegesOf,
  sealed,
} from "../templates/account.sql.ts";

export interface AccountOptions {
  /** Networks that it may come from, as MySQL writes them: `192.168.56.%`. It is one account in each. */
  from: readonly string[];
  password: Secret;
  /** Exactly these privileges, each `PRIVILEGE ON SCOPE`. */
  grants: readonly string[];
  /** Somebody else locks and unlocks it. It begins locked, and no account of its name is anywhere else. */
  lockedByOthers?: boolean;
}

/** A MySQL account that must use TLS, with this password and exactly these privileges. */
export const account = resource<AccountOptions>("account", (name, options) => {
  const { from, password, grants, lockedByOthers = false } = options;
  const entries = from.map((network): Entry => ({ name, from: network, lockedByOthers }));
  const nowhereElse = {
    ...{ observe: expression(`${name} elsewhere`, elsewhere(name, from)), is: "" },
    label: "accounts from elsewhere",
  };
  return {
    expects: [
      ...(lockedByOthers ? [nowhereElse] : []),
      ...entries.flatMap((entry) => expected(entry, from.length > 1, password, grants)),
    ],
    content: text`
      ${lockedByOthers && droppedElsewhere(name, from)}
      ${entries.map((entry) => made(entry, password, grants))}`,
    apply: sh`content_$n | mysql --no-defaults`,
  };
});

// --- internal ---

function expected(entry: Entry, several: boolean, password: Secret, grants: readonly string[]) {
  const of = several ? `${entry.name}@${entry.from}` : entry.name;
  const where = several ? ` from ${entry.from}` : "";
  const expectation = (key: string, label: string, sql: string, is: string) => ({
    observe: expression(`${of} ${key}`, sql),
    ...{ is, label: `${label}${where}` },
  });
  return [
    expectation("attributes", "account", attributesOf(entry), ATTRIBUTES),
    expectation("password", "password", sealed(entry, password), "as set"),
    expectation("grants", "privileges", privilegesOf(entry), [...grants].sort().join("; ")),
  ];
}
