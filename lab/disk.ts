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

/** Directory of a machine's disk: `upper` holds the machine's changes, the file `image` names the image below them. */
export const diskOf = (lab: Lab, name: string) => join(lab.machines, name);

/** Name of the image below a machine's disk. Undefined if the machine has no disk. */
export function imageUnder(lab: Lab, name: string): string | undefined {
  const file = join(diskOf(lab, name), "image");
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}

/** Makes a bare machine's disk, with the machine's name, address and machine id. */
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
  // Written last: a disk without this file does not count.
  writeFileSync(join(disk, "image"), `${image}\n`);
}

/** Deletes a machine's disk, its login key, and the project's record of its host keys. */
export function discardDisk(lab: Lab, host: Pick<Host, "name" | "address">): void {
  rmSync(diskOf(lab, host.name), { recursive: true, force: true });
  rmSync(keyOf(host), { force: true });
  new KnownHosts(knownHosts).forget(host.address);
}

/** Names of all machines that have a disk. Some may be from an earlier inventory. */
export function diskNames(lab: Lab): string[] {
  return existsSync(lab.machines) ? readdirSync(lab.machines) : [];
}

// --- internal ---

// The engine looks here. A machine with a key here is the lab's, and the engine does not read ~/.ssh/config for it.
const keyOf = ({ address }: Pick<Host, "address">) => join(labKeys, address);

function giveKey(host: Host) {
  mkdirSync(labKeys, { recursive: true });
  symlinkSync(labKey, keyOf(host));
}

// The .network file has to sort before systemd's 80-container-host0.network, which uses DHCP. Vagrant gives a guest's
// own name the address 127.0.2.1. The lab does the same, so that a bug caused by it shows up here too.
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

// Machines cannot reach a resolver on this box's loopback. systemd-resolved lists the real ones in its own file.
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
