import { z } from "zod";
import { apt, file, role, service, unitFile } from "../../engine/index.ts";
import { flowsOf } from "./flows.ts";
import { ruleset } from "./resources/ruleset.ts";
import { smokeTests } from "./smoke-tests.ts";
import * as closing from "./templates/closed.ts";
import nftablesConf, { closed } from "./templates/nftables.conf.ts";

/** Lets in what this host's roles open, lets out what they reach and what other hosts open to it. Nothing else. */
export const firewall = role("firewall", {
  summary: "nftables: what no role opens is closed, in both directions",
  vars: z.object({
    sshPorts: z.array(z.int().min(1).max(65535)).min(1).default([22]).describe("ports on which SSH listens"),
    trialSeconds: z
      .int()
      .min(30)
      .default(60)
      .describe("seconds after which a host puts its old rules back, unless a new login has worked"),
  }),

  resources: ({ vars, host, inventory, traffic }) => {
    const all = traffic();
    const flows = flowsOf(all, inventory);
    const ssh = flows.filter(({ to, role }) => to === host && role === "firewall");
    return [
      apt("nftables"),
      unitFile("nftables.service.d/quintet.conf", { content: closing.dropIn() }),
      ruleset("/etc/nftables.conf", {
        seconds: vars.trialSeconds,
        content: nftablesConf({
          host,
          flows,
          reaches: all.reaches.filter((reaching) => reaching.host === host),
        }),
      }),
      // Behind the rules, which are on trial: what would lock this computer out comes no further.
      file(CLOSE, { mode: "0755", content: closing.script(closed(ssh)) }),
      unitFile("quintet-closed.service", { content: closing.unit(CLOSE) }),
      service("quintet-closed"),
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

// --- internal ---

const CLOSE = "/usr/local/lib/quintet/close-firewall";
