import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Host } from "../engine/model/inventory/index.ts";
import { KnownHosts } from "../engine/ssh/known-hosts.ts";
import { RefusedError } from "../engine/util/errors.ts";
import { knownHosts, type Lab, labKey, labKeys } from "./context.ts";

/** Directory of a machine's disk: what it changed (`upper`) on top of the image that `image` names. */
export const diskOf = (lab: Lab, name: string) => join(lab.machines, name);

/** The image a machine's disk is based on; undefined when it has no disk. */
export function imageUnder(lab: Lab, name: string): string | undefined {
  const file = join(diskOf(lab, name), "image");
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}

/** Makes the disk of a bare machine with its name, address and identity. */
export function makeDisk(lab: Lab, host: Host, image: string): void {
  const disk = diskOf(lab, host.name);
  discardDisk(lab, host);
  for (const part of ["upper", "work", "root"]) mkdirSync(join(disk, part), { recursive: true });
  for (const [file, text] of Object.entries(identity(lab, host))) {
    const path = join(disk, "upper", file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  giveKey(host);
  // Written last: without it a disk counts as not made.
  writeFileSync(join(disk, "image"), `${image}\n`);
}

/** Wipes a machine's disk, and forgets its key and the host keys that were on it. */
export function discardDisk(lab: Lab, host: Pick<Host, "name" | "address">): void {
  rmSync(diskOf(lab, host.name), { recursive: true, force: true });
  rmSync(keyOf(host), { force: true });
  new KnownHosts(knownHosts).forget(host.address);
}

/** Names of all machines that have a disk, of this inventory or an earlier one. */
export function diskNames(lab: Lab): string[] {
  return existsSync(lab.machines) ? readdirSync(lab.machines) : [];
}

// --- internal ---

// Where the engine looks for it: a machine whose key lies there is the lab's, and ~/.ssh/config is not asked about it.
const keyOf = ({ address }: Pick<Host, "address">) => join(labKeys, address);

function giveKey(host: Host) {
  mkdirSync(labKeys, { recursive: true });
  symlinkSync(labKey, keyOf(host));
}

// The address's file sorts before systemd's own 80-container-host0.network, which asks DHCP. 127.0.2.1 is what Vagrant
// gives a guest's own name, so that what trips over it trips here too.
const identity = (lab: Lab, { name, address }: Host): Record<string, string> => ({
  "etc/hostname": `${name}\n`,
  "etc/hosts": `127.0.0.1 localhost\n127.0.2.1 ${name} ${name}\n::1 localhost ip6-localhost ip6-loopback\n`,
  "etc/machine-id": `${randomBytes(16).toString("hex")}\n`,
  "etc/resolv.conf": resolvers(),
  "etc/systemd/network/10-host0.network": [
    "[Match]",
    "Name=host0",
    "",
    "[Network]",
    `Address=${address}/24`,
    `Gateway=${lab.subnet.gateway}`,
    "IPv6AcceptRA=no",
    "",
  ].join("\n"),
});

// A resolver on the box's loopback cannot be reached from a machine; systemd-resolved keeps the real ones beside it.
function resolvers(): string {
  const files = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"].filter((file) => existsSync(file));
  const usable = files
    .map((file) => readFileSync(file, "utf8"))
    .find((text) => /^nameserver\s+(?!127\.|::1)/m.test(text));
  if (usable !== undefined) return usable.replace(/^nameserver\s+(127\.|::1).*\n?/gm, "");
  throw new RefusedError(
    `${files.join(", ") || "/etc/resolv.conf"}: no name server that the lab's machines can reach; ` +
      "expected a line such as: nameserver ADDRESS, with an address outside 127.0.0.0/8",
  );
}
