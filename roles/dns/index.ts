import { z } from "zod";
import { apt, file, reload, role, service, sh, unitFile } from "../../engine/index.ts";
import { smokeTests } from "./smoke-tests.ts";
import dropIn from "./templates/drop-in.ts";
import nsdConf from "./templates/nsd.conf.ts";
import zone from "./templates/zone.ts";

/**
 * Serves the domain's DNS on every balancer and on the public address: the name is there for as long as the site is.
 */
export const dns = role("dns", {
  summary: "NSD, authoritative for the domain: www and the bare domain are the public address",
  vars: z.object({
    ttl: z.int().min(1).default(300).describe("seconds for which resolvers may keep an answer"),
    queriesPerSecond: z
      .int()
      .min(0)
      .default(200)
      .describe("equal answers per second that one network gets before NSD limits it; 0 for no limit"),
  }),

  resources: ({ vars, host, hosts, inventory: { domain, publicAddress } }) => {
    const zoneFile = `/etc/nsd/zones/${domain}.zone`;
    const servers = hosts("balancer");
    return [
      apt("nsd"),
      file(zoneFile, {
        content: zone({ domain, publicAddress, ttl: vars.ttl, servers }),
        validate: (candidate) => sh`nsd-checkzone ${domain} ${candidate}`,
        notify: reload("nsd"),
      }),
      file("/etc/nsd/nsd.conf", {
        content: nsdConf({ ...vars, domain, zoneFile, addresses: [host.address, publicAddress] }),
        validate: (candidate) => sh`nsd-checkconf ${candidate}`,
        // A reload makes NSD read its zones again, but not the addresses on which it listens.
        notify: reload("nsd", "restart"),
      }),
      unitFile("nsd.service.d/quintet.conf", { content: dropIn(), notify: reload("nsd", "restart") }),
      service("nsd"),
    ];
  },

  opens: () =>
    (["public", "own"] as const).flatMap((at) =>
      (["udp", "tcp"] as const).map((protocol) => ({
        port: 53,
        protocol,
        from: ["everyone"],
        at,
        purpose: "names of the domain",
      })),
    ),

  smokeTests,
});
