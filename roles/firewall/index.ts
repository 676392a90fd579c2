import { z } from "zod";
import { apt, file, role, service, text, unitFile } from "../../engine/index.ts";
import { kernel } from "../shared/kernel.ts";
import { flowsOf } from "./flows.ts";
import { ruleset } from "./resources/ruleset.ts";
import { smokeTests } from "./smoke-tests.ts";
import * as closing from "./templates/closed.ts";
import nftablesConf, { closed } from "./templates/nftables.conf.ts";
import { tracking } from "./tracking.ts";

/** Lets in what this host's roles open, lets out what they reach and what other hosts open to it. Nothing else. */
export const firewall = role("firewall", {
  summary: "nftables: what no role opens is closed, in both directions",
  vars: z.object({
    sshPorts: z.array(z.int().min(1).max(65535)).min(1).default([22]).describe("ports on which SSH listens"),
    connections: z
      .int()
      .min(4096)
      .optional()
      .describe(
        "most connections that the kernel keeps track of; what fits into a tenth of the machine's memory unless given, and at most 262144",
      ),
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
      // These settings exist once the module is loaded. The rules have loaded it now. At boot this has to, because they
      // come after systemd-sysctl.
      file("/etc/modules-load.d/quintet.conf", {
        content: text`
          # Written by Quintet (role firewall); changes made here are overwritten.
          nf_conntrack
        `,
      }),
      kernel("/etc/sysctl.d/60-quintet-tracking.conf", {
        role: "firewall",
        settings: tracking({ most: vars.connections, memory: host.machine.memory }),
        present: true,
      }),
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
