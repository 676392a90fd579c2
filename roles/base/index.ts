import { apt, dpkg, file, reload, requirement, role, service, sh, unitFile } from "../../engine/index.ts";
import { kernel } from "../shared/kernel.ts";
import { limits } from "./limits.ts";
import { hostname } from "./resources/hostname.ts";
import hosts from "./templates/hosts.ts";
import journald from "./templates/journald.conf.ts";
import logrotateService from "./templates/logrotate-service.ts";
import logrotateTimer from "./templates/logrotate-timer.ts";
import policy from "./templates/policy-rc.ts";
import { vars } from "./vars.ts";

/** What every machine gets, whatever its purpose. */
export const base = role("base", {
  summary: "names, hosts file, clock, limits of journal and logs, and the packages that every machine has",
  vars,

  reaches: ({ vars }) => [
    ...vars.packagePorts.map((port) => ({
      port,
      protocol: "tcp" as const,
      users: ["root", "_apt"],
      purpose: "Debian packages",
    })),
    ...(["udp", "tcp"] as const).map((protocol) => ({ port: 53, protocol, purpose: "names" })),
    { port: 123, protocol: "udp", users: ["systemd-timesync"], purpose: "the time" },
  ],

  resources: ({ vars, host, inventory, traffic }) => {
    return [
      requirement("Debian 13", {
        first: true,
        met: sh`. /etc/os-release; [ "$ID:$VERSION_ID" = debian:13 ]`,
        otherwise:
          "expected Debian 13 (trixie), whose packages these roles are written for; use a machine with it",
        found: sh`. /etc/os-release; echo "found $PRETTY_NAME"`,
      }),
      file("/usr/sbin/policy-rc.d", { first: true, mode: "0755", content: policy() }),
      dpkg("whole", { first: true }),
      ...vars.packages.map((name) => apt(name)),
      // Two programs must not set one clock. Debian's others conflict with this one.
      apt("systemd-timesyncd", { replaces: ["chrony", "ntpsec", "openntpd"] }),
      hostname(host.name),
      file("/etc/hosts", { content: hosts({ inventory }) }),
      kernel("/etc/sysctl.d/60-quintet-limits.conf", {
        role: "base",
        settings: limits({
          memory: host.machine.memory,
          ports: traffic().opens.flatMap((opening) => (opening.host === host ? opening.port : [])),
        }),
      }),
      service("systemd-timesyncd", { running: "where it can" }),
      file("/etc/systemd/journald.conf.d/quintet.conf", {
        content: journald(vars),
        notify: reload("systemd-journald", "restart"),
      }),
      apt("logrotate"),
      unitFile("logrotate.service.d/quintet.conf", { content: logrotateService() }),
      unitFile("logrotate.timer.d/quintet.conf", {
        content: logrotateTimer(),
        notify: reload("logrotate.timer", "restart"),
      }),
      service("logrotate.timer"),
    ];
  },
});
