import { z } from "zod";
import { apt, role, service } from "../../engine/index.ts";
import { flowsOf } from "./flows.ts";
import { ruleset } from "./resources/ruleset.ts";
import { smokeTests } from "./smoke-tests.ts";
import nftablesConf from "./templates/nftables.conf.ts";

/** Lets in what the roles of this host open, lets out what other hosts' roles open to it, and nothing else. */
export const firewall = role("firewall", {
  summary: "nftables: what no role opens is closed, in both directions",
  vars: z.object({
    sshPorts: z.array(z.int().min(1).max(65535)).min(1).default([22]).describe("where SSH listens"),
    trialSeconds: z
      .int()
      .min(30)
      .default(60)
      .describe("after so many seconds without a new login a host puts its old rules back"),
  }),

  resources: ({ vars, host, inventory, traffic }) => {
    const all = traffic();
    return [
      apt("nftables"),
      ruleset("/etc/nftables.conf", {
        seconds: vars.trialSeconds,
        content: nftablesConf({
          host,
          flows: flowsOf(all, inventory),
          reaches: all.reaches.filter((reaching) => reaching.host === host),
        }),
      }),
      service("nftables"),
    ];
  },

  opens: ({ vars }) =>
    vars.sshPorts.map((port) => ({
      port,
      protocol: "tcp",
      from: ["control"],
      at: "any",
      purpose: "provisioning, and whoever looks after the machine",
    })),

  smokeTests,
});
