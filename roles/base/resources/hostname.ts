import { resource, sh } from "../../../engine/index.ts";
import { path, sysctl } from "../../../engine/look.ts";

/** The machine's name: now, and after a reboot. */
export const hostname = resource<object>("hostname", (name) => ({
  certain: true,
  expects: [
    { look: { kind: sysctl, key: "kernel.hostname" }, is: name, label: "name" },
    { look: { kind: path, key: "/etc/hostname" }, is: "f:root:root:644:", label: "/etc/hostname" },
  ],
  check: sh`[ "$(cat /etc/hostname)" = ${name} ]`,
  apply: sh`
    printf '%s\n' ${name} >/etc/hostname.quintet
    chmod 0644 /etc/hostname.quintet
    mv -f /etc/hostname.quintet /etc/hostname
    hostname ${name}`,
}));
