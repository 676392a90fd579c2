import { z } from "zod";
import { apt, command, file, reload, role, service, sh, unitFile } from "../../engine/index.ts";
import { kernel } from "../shared/kernel.ts";
import { defaults } from "./defaults.ts";
import { KERNEL } from "./kernel.ts";
import { sshd } from "./resources/sshd.ts";
import { smokeTests } from "./smoke-tests.ts";
import sshDropIn from "./templates/ssh-drop-in.ts";
import sshdConf from "./templates/sshd.conf.ts";
import upgradesConf from "./templates/upgrades.conf.ts";
import upgradesDropIn from "./templates/upgrades-drop-in.ts";

/** What is forbidden on every machine, whatever its purpose. */
export const hardening = role("hardening", {
  summary: "SSH with keys only, security updates, kernel settings, no passwords that a box came with",
  vars: z.object({
    forwarding: z
      .boolean()
      .default(false)
      .describe("whether SSH forwards connections; a machine needs it to be the gateway to another one"),
    lockedAccounts: z
      .array(z.string())
      .default(["root", "vagrant"])
      .describe("accounts whose password is locked, because boxes come with known passwords"),
    kernel: z
      .record(z.string(), z.int())
      .default({})
      .describe("kernel settings that replace the role's or are added to them"),
    trialSeconds: z
      .int()
      .min(30)
      .default(60)
      .describe("seconds after which a host puts its old SSH settings back, unless a new login has worked"),
  }),

  resources: ({ vars, inventory }) => [
    apt("unattended-upgrades"),
    apt("debsums"),
    apt("libpam-passwdqc"),
    apt("apt-show-versions"),
    sshd("/etc/ssh/sshd_config.d/10-quintet.conf", { content: sshdConf(vars), seconds: vars.trialSeconds }),
    kernel("/etc/sysctl.d/50-quintet.conf", { role: "hardening", settings: { ...KERNEL, ...vars.kernel } }),
    command("passwords are locked", {
      check: sh`
        awk -F: -v names=${` ${vars.lockedAccounts.join(" ")} `} '
          index(names, " " $1 " ") && $2 !~ /^[!*]/ { open = 1 }
          END { exit open }' /etc/shadow`,
      run: sh`
        for name in ${vars.lockedAccounts}; do
          ! getent shadow "$name" >/dev/null || usermod --lock "$name"
        done`,
    }),
    inventory.control.length === 0 &&
      unitFile("ssh.service.d/quintet.conf", { content: sshDropIn(), notify: reload("ssh", "restart") }),
    ...defaults(),
    file("/etc/apt/apt.conf.d/60quintet", { content: upgradesConf() }),
    unitFile("apt-daily-upgrade.service.d/quintet.conf", { content: upgradesDropIn() }),
    service("apt-daily.timer"),
    service("apt-daily-upgrade.timer"),
  ],

  smokeTests,
});
