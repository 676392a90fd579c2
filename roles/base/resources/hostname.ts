import { observers, resource, sh, sha256Of } from "../../../engine/index.ts";

/** The machine's name: now, and after a reboot. */
export const hostname = resource<object>("hostname", (name) => ({
  certain: true,
  expects: [
    { observe: { observer: observers.sysctl, key: "kernel.hostname" }, is: name, label: "name" },
    {
      observe: { observer: observers.path, key: "/etc/hostname" },
      is: "f:root:root:644:",
      label: "/etc/hostname",
    },
    {
      observe: { observer: observers.sha256, key: "/etc/hostname" },
      is: sha256Of(`${name}\n`),
      or: sha256Of(name),
    },
  ],
  apply: sh`
    printf '%s\n' ${name} | install -T -m 0644 /dev/stdin /etc/hostname.quintet
    mv -f /etc/hostname.quintet /etc/hostname
    hostname ${name}`,
}));
