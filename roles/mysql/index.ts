import { role, service } from "../../engine/index.ts";
import { ofHost } from "../shared/certificates.ts";
import { installedVersion, packagesOfOthers, packagesToKeep } from "./packages.ts";
import { variables } from "./resources/variables.ts";
import { SCRIPTS, server } from "./server.ts";
import { smokeTests } from "./smoke-tests.ts";
import { vars } from "./vars.ts";

/** MySQL on every database machine, the same on each. Which one is the primary is the business of role failover. */
export const mysql = role("mysql", {
  summary: "MySQL 9.7, the same on every database machine, so that each can be the primary or a replica",
  vars,
  facts: { group: "database", read: [installedVersion] },
  certificates: ({ host, inventory }) => [ofHost(host, inventory)],

  resources: ({ vars, host, certificate, ...asks }) => [
    ...server({
      ...{ vars, host, certificate: certificate(host.name) },
      packages: packagesOfOthers({ host, ...asks }),
    }),
    // Last, so that a file of somebody else that beats ours stops neither writes nor replication.
    variables("mysqld", {
      settings: { ...vars, host },
      others: ["super_read_only", "rpl_semi_sync_source_enabled"],
      script: SCRIPTS.started,
      needs: service("mysql"),
    }),
  ],

  keeps: packagesToKeep,
  opens: () => [{ port: 3306, protocol: "tcp", from: ["web", "database"], at: "own", purpose: "MySQL" }],
  smokeTests,
});
