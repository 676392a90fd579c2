import { role, service } from "../../engine/index.ts";
import { vars as baseVars } from "../base/vars.ts";
import { buildArchive } from "../shared/archive/build.ts";
import { ofHost } from "../shared/certificates.ts";
import { managerOf, ofStoreClient } from "../shared/store.ts";
import { installed } from "./installed.ts";
import { PORT } from "./places.ts";
import configuration from "./templates/failover.json.ts";
import { vars } from "./vars.ts";

const SOURCES = {
  folder: "failover",
  sources: ["src", "build.ts", "package-lock.json"],
  bundler: async () => (await import("../../failover/build.ts")).buildFailover,
};

/** The manager on every database machine. With the others and the store it decides who is the primary. */
export const failover = role("failover", {
  summary:
    "the managers of the databases: another one becomes the primary when that is gone, and no acknowledged write is lost",
  vars,
  secrets: { REPLICATION_PASSWORD: "replicas copy the primary's data with it" },
  certificates: ({ host, inventory }) => [ofStoreClient(managerOf(host), inventory), ofHost(host, inventory)],
  build: () => buildArchive(SOURCES),

  resources: ({ vars, varsOf, host, hosts, inventory, secret, blob, certificate }) => {
    const databases = hosts("database");
    const patience = Math.max(...inventory.hosts.map((one) => varsOf(baseVars, one).patience));
    const password = secret("REPLICATION_PASSWORD");
    const program = installed({
      ...{ ...vars, blob, password, own: certificate(host.name), client: certificate(managerOf(host)) },
      configuration: configuration({ host, databases, members: hosts("quorum"), patience }),
    });
    return [...program, service("failover")];
  },

  metrics: () => [{ port: PORT, path: "/metrics" }],

  opens: () => [
    {
      ...{ port: PORT, protocol: "tcp", from: ["control", "database", "balancer"], at: "own" },
      purpose: "who is the primary",
    },
  ],
});
