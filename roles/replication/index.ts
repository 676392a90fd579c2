import { z } from "zod";
import { role, service } from "../../engine/index.ts";
import { currentPrimary, databaseState, membersOf, storeIsEmpty } from "../failover/topology.ts";
import { account } from "../mysql/resources/account.ts";
import { opened } from "./resources/opened.ts";
import { replication as follows } from "./resources/replication.ts";
import { seeded } from "./resources/seeded.ts";

/** What a replica's account may do at its source. */
const COPIES = ["BACKUP_ADMIN ON *.*", "REPLICATION SLAVE ON *.*"];

/**
 * A primary that takes writes, and replicas of it. The managers make them so; a run tells a new store who is the primary, makes
 * the account of replicas and waits. It is a role of its own, since a manager must have been restarted before that.
 */
export const replication = role("replication", {
  summary:
    "a primary that takes writes, and replicas that follow it: what the managers make, and the account they need",
  vars: z.object({}),
  secrets: { REPLICATION_PASSWORD: "replicas copy the primary's data with it" },
  facts: { group: "database", read: [databaseState] },

  resources: ({ host, hosts, secret, fact }) => {
    const databases = hosts("database");
    const password = secret("REPLICATION_PASSWORD");
    const primary = currentPrimary({ hosts, fact });
    const needs = [service("failover"), service("mysql")];
    if (primary.name !== host.name)
      return [
        follows(primary.name, {
          sources: databases.filter(({ name }) => name !== host.name).map(({ address }) => address),
          ...{ password, needs },
        }),
      ];
    return [
      storeIsEmpty(membersOf({ hosts, fact })) && seeded(primary.name, { needs }),
      opened("primary", { needs }),
      account("replication", {
        ...{ from: databases.map(({ address }) => address), lockedByOthers: true },
        ...{ password, grants: COPIES, needs },
      }),
    ];
  },
});
