import { apt, file, release, reload, role, service, text, unitFile, verbatim } from "../../engine/index.ts";
import { vars as baseVars } from "../base/vars.ts";
import { buildArchive } from "../shared/archive/build.ts";
import { bundle, ofHost } from "../shared/certificates.ts";
import { managerOf, ofStoreClient } from "../shared/store.ts";
import { pairOf } from "./pair.ts";
import { FILES, PROGRAM } from "./places.ts";
import configuration from "./templates/failover.json.ts";
import unit from "./templates/unit.ts";
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
    const restart = reload("failover", "restart");
    const databases = pairOf(hosts("database"), inventory.file);
    const own = certificate(host.name);
    const patience = Math.max(...inventory.hosts.map((one) => varsOf(baseVars, one).patience));
    return [
      apt("nodejs"),
      file(FILES.authority, { content: verbatim(`${own.authority}\n`), notify: restart }),
      file(FILES.client, { content: bundle(certificate(managerOf(host))), mode: "0600", notify: restart }),
      // The manager reads it anew once an hour.
      file(FILES.server, { content: bundle(own), mode: "0600" }),
      file(FILES.password, {
        content: text`${secret("REPLICATION_PASSWORD")}`,
        mode: "0600",
        notify: restart,
      }),
      file(FILES.configuration, {
        content: configuration({
          ...{ host, databases, members: hosts("quorum") },
          ...{ port: vars.port, patience },
        }),
        notify: restart,
      }),
      blob && release(PROGRAM, { archive: blob, notify: restart }),
      unitFile("failover.service", { content: unit(vars), notify: restart }),
      service("failover"),
    ];
  },

  metrics: ({ vars }) => [{ port: vars.port, path: "/metrics" }],

  opens: ({ vars }) => [
    {
      ...{ port: vars.port, protocol: "tcp", from: ["control", "database", "balancer"], at: "own" },
      purpose: "who is the primary",
    },
  ],
});
