import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Host, Inventory } from "../engine/model/inventory/index.ts";
import { LAB_KEYS } from "../engine/ssh/target.ts";
import { InventoryError, UsageError } from "../engine/util/errors.ts";
import { sha256Of } from "../engine/util/hash.ts";
import { didYouMean, list } from "../engine/util/nearest.ts";

const checkout = resolve(import.meta.dirname, "..");

/** Where the lab keeps its disks by default. */
export const ownStore = join(checkout, ".quintet/lab");

/** The private key for logging in to the lab's machines as `vagrant`. */
export const labKey = join(ownStore, "id_ed25519");

/** One file for each machine of a lab, named by its address: a link to that key. */
export const labKeys = join(checkout, LAB_KEYS);

/** The project's known host keys. When the lab discards a machine, it removes the machine's keys from here. */
export const knownHosts = join(checkout, ".quintet/known_hosts");

/** A /24 network. This box has its first address, on the bridge. */
export interface Subnet {
  readonly cidr: string;
  readonly gateway: string;
}

/** What all parts of the lab need to know. */
export interface Lab {
  /** Name of the bridge, the nftables tables and the control group. */
  readonly id: string;
  readonly checkout: string;
  readonly inventory: Inventory;
  readonly subnet: Subnet;
  /** Directory of runtime state. `down` removes it. */
  readonly run: string;
  /** Directory with the images, and one directory of machines for each lab. */
  readonly store: string;
  readonly machines: string;
}

/** Describes the lab of an inventory. */
export function describeLab(inventory: Inventory, id: string, store = presentStore()): Lab {
  return {
    id,
    checkout,
    inventory,
    subnet: subnetOf(inventory),
    run: join("/run/quintet-lab", id),
    store,
    machines: join(store, id === DEFAULT_ID ? "machines" : id),
  };
}

export const DEFAULT_ID = "quintet0";

/** Where the disks go if the checkout's file system cannot hold them. */
export const spareStore = join("/var/lib/quintet-lab", sha256Of(checkout).slice(0, 12));

/** The hosts with these names, or all if there are no names. Throws a UsageError that suggests the nearest name. */
export function hostsOf(inventory: Inventory, names: readonly string[] = []): Host[] {
  const known = inventory.hosts.map((host) => host.name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `unknown host "${unknown}"${didYouMean(unknown, known)}: ${inventory.file} has ${list(known)}`,
    );
  }
  return inventory.hosts.filter((host) => names.length === 0 || names.includes(host.name));
}

/** The /24 of an inventory's hosts. Throws an InventoryError if there are several, or if an address is reserved. */
export function subnetOf(inventory: Inventory): Subnet {
  const [first, ...others] = inventory.hosts;
  const base = prefix(first?.address ?? "");
  const stray = others.find((host) => prefix(host.address) !== base);
  if (stray) {
    throw new InventoryError(
      inventory.file,
      `hosts/${stray.name}/address`,
      `found ${stray.address}; expected the /24 of ${first?.name}, since the lab has one network: ${base}.0/24`,
    );
  }
  const edge = inventory.hosts.find((host) => /\.(0|1|255)$/.test(host.address));
  if (edge) {
    throw new InventoryError(
      inventory.file,
      `hosts/${edge.name}/address`,
      `found ${edge.address}; expected ${base}.2 to ${base}.254: ${base}.1 is this box on the lab's bridge`,
    );
  }
  return { cidr: `${base}.0/24`, gateway: `${base}.1` };
}

// --- internal ---

// The spare directory exists only if the checkout's file system could not hold the disks.
const presentStore = () => (existsSync(spareStore) ? spareStore : ownStore);

const prefix = (address: string) => address.split(".").slice(0, 3).join(".");
