import { type Context, file, role, service, verbatim } from "../../engine/index.ts";
import { ofHost } from "../shared/certificates.ts";
import { account } from "./resources/account.ts";
import { opened } from "./resources/opened.ts";
import { replication } from "./resources/replication.ts";
import { variables } from "./resources/variables.ts";
import { ROLE_SCRIPT, server } from "./server.ts";
import { smokeTests } from "./smoke-tests.ts";
import { networks } from "./templates/account.sql.ts";
import { databaseState, MARK, primaryOf } from "./topology.ts";
import { vars } from "./vars.ts";

/** MySQL on every database machine. Which one is the primary is read from the machines; see topology.ts. */
export const mysql = role("mysql", {
  summary: "MySQL 9.7: one primary that takes the writes, the others read-only replicas of it",
  vars,
  secrets: {
    REPLICATION_PASSWORD: "replicas copy the primary's data with it",
    WATCH_PASSWORD: "databases ask each other who is the primary with it",
  },
  certificates: ({ host, inventory }) => [ofHost(host, inventory)],
  facts: { group: "database", read: [databaseState] },

  resources: ({ vars, host, hosts, secret, fact, certificate }) => {
    const primary = currentPrimary({ hosts, fact });
    const password = secret("REPLICATION_PASSWORD");
    const watch = secret("WATCH_PASSWORD");
    const from = networks(hosts("database"));
    const needs = service("mysql");
    const everyone = server({
      vars,
      host,
      members: hosts("database"),
      watch,
      certificate: certificate(host.name),
    });
    // Last, so that a file of somebody else that beats ours stops neither writes nor replication.
    const compared = (...others: string[]) =>
      variables("mysqld", { settings: { ...vars, host }, others, script: ROLE_SCRIPT, needs });
    if (primary.name !== host.name) {
      return [
        ...everyone,
        replication(primary.name, { source: primary.address, password, mark: MARK, needs }),
        file(MARK, { mode: "0600", content: verbatim("replica\n") }),
        compared("super_read_only"),
      ];
    }
    return [
      ...everyone,
      file(MARK, { mode: "0600", content: verbatim("primary\n") }),
      opened("primary", { script: ROLE_SCRIPT, needs }),
      account("replication", {
        from,
        password,
        grants: ["BACKUP_ADMIN ON *.*", "REPLICATION SLAVE ON *.*"],
        needs,
      }),
      account("watch", {
        from,
        password: watch,
        grants: ["SELECT ON performance_schema.replication_connection_configuration"],
        needs,
      }),
      compared("super_read_only", "rpl_semi_sync_source_enabled"),
    ];
  },

  opens: () => [{ port: 3306, protocol: "tcp", from: ["web", "database"], at: "own", purpose: "MySQL" }],
  smokeTests,
});

/**
 * The primary, according to the machines. Throws RefusedError if they contradict each other, and UnsureError if the one
 * that may be it cannot be reached.
 */
export function currentPrimary({ hosts, fact }: Pick<Context<unknown>, "hosts" | "fact">) {
  return primaryOf(
    hosts("database").map(({ name, address }) => ({ name, address, state: fact(databaseState, name) })),
  );
}
