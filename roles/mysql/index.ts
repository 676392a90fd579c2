import { z } from "zod";
import {
  apt,
  aptSuite,
  type Context,
  file,
  reload,
  role,
  service,
  sh,
  unitFile,
  verbatim,
} from "../../engine/index.ts";
import { account, network } from "./resources/account.ts";
import { opened } from "./resources/opened.ts";
import { replication } from "./resources/replication.ts";
import clientCnf from "./templates/client.cnf.ts";
import roleScript from "./templates/mysql-role.sh.ts";
import mysqldCnf from "./templates/mysqld.cnf.ts";
import { roleUnit, serverDropIn } from "./templates/units.ts";
import { databaseState, MARK, primaryOf } from "./topology.ts";
import { verifications } from "./verifies.ts";

/** From Debian unstable, and nothing else from there: what mysql-server 9.7 needs beyond Debian 13. */
const FROM_SID =
  "mysql-client mysql-client-core mysql-server mysql-server-core libgoogle-perftools4t64 libtcmalloc-minimal4t64 libicu78 libstdc++6 libgcc-s1 gcc-16-base";

const SCRIPT = "/usr/local/lib/quintet/mysql-role";

export const mysql = role("mysql", {
  summary: "MySQL 9.7: one primary that takes the writes, the others read-only replicas of it",
  vars: z.object({
    bufferPoolMegabytes: z
      .int()
      .min(32)
      .optional()
      .describe("InnoDB's cache; a quarter of the machine's memory unless given"),
    maxConnections: z.int().min(10).default(150).describe("most clients at a time"),
    binlogDays: z.int().min(1).default(7).describe("how long binary logs are kept"),
    semiSyncTimeoutMs: z
      .int()
      .min(100)
      .default(2000)
      .describe("longest that a commit waits for a replica to have it"),
  }),
  secrets: {
    REPLICATION_PASSWORD: "replicas copy the primary's data with it",
    WATCH_PASSWORD: "databases ask each other who is the primary with it",
  },
  reads: { group: "database", facts: [databaseState] },

  resources: ({ vars, host, hosts, secret, inventory, ...context }) => {
    const members = hosts("database");
    const primary = primaryNameOf({ hosts, ...context });
    const isPrimary = primary.name === host.name;
    const restart = reload("mysql", "restart");
    const accounts = { replication: secret("REPLICATION_PASSWORD"), watch: secret("WATCH_PASSWORD") };
    const needs = service("mysql");
    return [
      aptSuite("sid", { packages: FROM_SID.split(" ") }),
      apt("mysql-server"),
      file("/etc/mysql/mysql.conf.d/mysqld.cnf", {
        content: mysqldCnf({ ...vars, host }),
        validate: (candidate) => sh`mysqld --defaults-file=${candidate} --validate-config`,
        notify: restart,
      }),
      file("/etc/mysql/quintet-watch.cnf", {
        mode: "0600",
        content: clientCnf({ user: "watch", password: accounts.watch }),
      }),
      file(SCRIPT, { mode: "0755", content: roleScript({ host, members }) }),
      unitFile("mysql-role.service", { content: roleUnit({ script: SCRIPT }) }),
      unitFile("mysql.service.d/quintet.conf", { content: serverDropIn(), notify: restart }),
      needs,
      ...(isPrimary
        ? [
            file(MARK, { mode: "0600", content: verbatim("primary\n") }),
            opened("primary", { script: SCRIPT, needs }),
            account("replication", {
              from: network(inventory),
              password: accounts.replication,
              grants: ["BACKUP_ADMIN ON *.*", "REPLICATION SLAVE ON *.*"],
              needs,
            }),
            account("watch", {
              from: network(inventory),
              password: accounts.watch,
              grants: ["SELECT ON performance_schema.replication_connection_configuration"],
              needs,
            }),
          ]
        : [
            replication(primary.name, {
              source: primary.address,
              password: accounts.replication,
              mark: MARK,
              needs,
            }),
            file(MARK, { mode: "0600", content: verbatim("replica\n") }),
          ]),
    ];
  },

  opens: () => [{ port: 3306, protocol: "tcp", from: ["web", "database"], at: "own", purpose: "MySQL" }],
  verifies: verifications,
});

/** Which machine is the primary, as the machines say; see topology.ts. */
export function primaryNameOf({ hosts, fact }: Pick<Context<unknown>, "hosts" | "fact">) {
  return primaryOf(
    hosts("database").map(({ name, address }) => ({ name, address, state: fact(databaseState, name) })),
  );
}
