import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Host, Inventory } from "../engine/model/inventory/index.ts";
import { LAB_KEYS } from "../engine/ssh/target.ts";
import { InventoryError, UsageError } from "../engine/util/errors.ts";
import { sha256Of } from "../engine/util/hash.ts";
import { didYouMean, list } from "../engine/util/nearest.ts";

const checkout = resolve(import.meta.dirname, "..");

/** Where the lab's disks lie by default. */
export const ownStore = join(checkout, ".quintet/lab");

/** The key that logs in to the lab's machines as `vagrant`. */
export const labKey = join(ownStore, "id_ed25519");

/** Under its address, the key of each machine that a lab made: a link to the one key. */
export const labKeys = join(checkout, LAB_KEYS);

/** Host keys that the project has seen; the lab takes out those of machines that it discards. */
export const knownHosts = join(checkout, ".quintet/known_hosts");

/** A /24 of addresses: the box has the first one on the bridge. */
export interface Subnet {
  readonly cidr: string;
  readonly gateway: string;
}

/** Everything that the parts of the lab need to know about this lab. */
export interface Lab {
  /** Name of its bridge, nftables tables and control group. */
  readonly id: string;
  readonly checkout: string;
  readonly inventory: Inventory;
  readonly subnet: Subnet;
  /** Runtime state, gone after `down`. */
  readonly run: string;
  /** Images, and below them one directory of machines per lab. */
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

/** Where disks go when the checkout's own file system cannot hold them. */
export const spareStore = join("/var/lib/quintet-lab", sha256Of(checkout).slice(0, 12));

/** The hosts of these names, or all; an unknown name is a UsageError that suggests the nearest. */
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

/** The one /24 of an inventory's hosts. Throws InventoryError when there are more, or the box's own address is taken. */
export function subnetOf(inventory: Inventory): Subnet {
  const [first, ...others] = inventory.hosts;
  const base = prefix(first?.address ?? "");
  const stray = others.find((host) => prefix(host.address) !== base);
  if (stray) {
    throw new InventoryError(
      inventory.file,
      `hosts/${stray.name}/address`,
      `found ${stray.address}; the lab has one network, and ${first?.name} puts it at ${base}.0/24`,
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

// It exists only where the checkout's own file system was found unable.
const presentStore = () => (existsSync(spareStore) ? spareStore : ownStore);

const prefix = (address: string) => address.split(".").slice(0, 3).join(".");
