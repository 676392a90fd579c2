import picomatch from "picomatch";
import { UsageError } from "./errors.ts";
import { type Host, hostsIn, type Inventory } from "./inventory.ts";
import { didYouMean, list } from "./nearest.ts";

/**
 * The hosts that a limit names: hosts, groups and globs, separated by commas, `!` before one takes it away again.
 * Without a limit all of them; throws UsageError when a part names nothing or when nothing is left.
 */
export function limited(inventory: Inventory, limit: string | undefined): readonly Host[] {
  if (limit === undefined) return inventory.hosts;
  const parts = limit
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const added = parts.filter((part) => !part.startsWith("!"));
  const removed = parts.filter((part) => part.startsWith("!")).map((part) => part.slice(1));
  const wanted = new Set((added.length === 0 ? ["all"] : added).flatMap((part) => named(inventory, part)));
  for (const host of removed.flatMap((part) => named(inventory, part))) wanted.delete(host);
  if (wanted.size === 0)
    throw new UsageError(
      `--limit ${limit}: no host is left; the inventory has ${list(inventory.hosts.map(({ name }) => name))}`,
    );
  return inventory.hosts.filter((host) => wanted.has(host));
}

// --- internal ---

function named(inventory: Inventory, part: string): readonly Host[] {
  const group = hostsIn(inventory, part);
  if (group.length > 0) return group;
  const matches = picomatch(part);
  const hosts = inventory.hosts.filter(({ name }) => matches(name));
  if (hosts.length > 0) return hosts;
  const known = [...inventory.hosts.map(({ name }) => name), ...Object.keys(inventory.groups), "all"];
  throw new UsageError(
    `--limit: found "${part}"${didYouMean(part, known)}; expected a host or a group of ${inventory.file}: ${known.join(", ")}`,
  );
}
