import { createHash } from "node:crypto";
import { observers, resource, sh } from "../../../engine/index.ts";

/** The machine's name: now, and after a reboot. */
export const hostname = resource<object>("hostname", (name) => ({
  certain: true,
  expects: [
    { look: { kind: observers.sysctl, key: "kernel.hostname" }, is: name, label: "name" },
    { look: { kind: observers.path, key: "/etc/hostname" }, is: "f:root:root:644:", label: "/etc/hostname" },
    { look: { kind: observers.sha256, key: "/etc/hostname" }, is: hash(`${name}\n`), or: hash(name) },
  ],
  apply: sh`
    printf '%s\n' ${name} >/etc/hostname.quintet
    chmod 0644 /etc/hostname.quintet
    mv -f /etc/hostname.quintet /etc/hostname
    hostname ${name}`,
}));

// --- internal ---

function hash(content: string): string {
  return createHash("sha256").update(content).digest("hex");
}
