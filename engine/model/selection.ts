import picomatch from "picomatch";
import { UsageError } from "../util/errors.ts";
import { didYouMean, list } from "../util/nearest.ts";
import { type Host, hostsIn, type Inventory } from "./inventory/index.ts";
import type { Site } from "./play.ts";
import type { Role } from "./role.ts";

/**
 * The hosts that a limit selects: hosts, groups and globs, separated by commas; `!` excludes what follows. Without a
 * limit, all hosts. Throws UsageError if a part matches nothing or if no host is left.
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

/** The site with only the wanted roles; the whole site if none is named. Throws UsageError for an unknown role. */
export function withRoles(site: Site, wanted: readonly string[]): Site {
  const known = [...new Set(site.flatMap(({ roles }) => roles.map(({ name }) => name)))];
  for (const name of wanted) {
    if (!known.includes(name))
      throw new UsageError(
        `--role: found "${name}"${didYouMean(name, known)}; expected one of ${known.join(", ")}`,
      );
  }
  if (wanted.length === 0) return site;
  return site.flatMap((play) => {
    const roles = play.roles.filter(({ name }) => wanted.includes(name));
    return roles.length === 0 ? [] : [{ ...play, roles }];
  });
}

/** Throws UsageError if the inventory lacks a group that the site provisions. */
export function requireGroups(site: Site, inventory: Inventory): void {
  for (const { group } of site) {
    if (hostsIn(inventory, group).length > 0) continue;
    throw new UsageError(
      `${inventory.file} › groups: found no group "${group}"; the site provisions it, the inventory has ${list(Object.keys(inventory.groups))}`,
    );
  }
}

/** A host, and the roles that it gets. */
export interface Assignment {
  readonly host: Host;
  readonly roles: readonly Role[];
}

/** These hosts with their roles, in the order of the plays. A host without roles is left out. */
export function assignmentsOf(site: Site, hosts: readonly Host[], inventory: Inventory): Assignment[] {
  return hosts
    .map((host) => ({ host, roles: rolesOfHost(site, host, inventory) }))
    .filter(({ roles }) => roles.length > 0);
}

/** The roles of a host, in the order of the plays. */
export function rolesOfHost(site: Site, host: Host, inventory: Inventory): readonly Role[] {
  return site.flatMap(({ group, roles }) => (hostsIn(inventory, group).includes(host) ? roles : []));
}

/**
 * Refuses a selection of which a part would do nothing: a role that was asked for and that no selected host has, or hosts of
 * which none has any role. Throws UsageError that says which hosts have the role.
 */
export function requireUse(
  wanted: readonly string[],
  limit: string | undefined,
  assignments: readonly Assignment[],
  { site, inventory }: { readonly site: Site; readonly inventory: Inventory },
): void {
  const everyone = assignmentsOf(site, inventory.hosts, inventory);
  const having = (all: readonly Assignment[], role: string) =>
    all.filter(({ roles }) => roles.some(({ name }) => name === role)).map(({ host }) => host.name);
  for (const role of wanted) {
    if (having(assignments, role).length > 0) continue;
    throw new UsageError(
      `--role ${role}: found none of its hosts in --limit ${limit}; expected at least one of ${list(having(everyone, role))}`,
    );
  }
  if (assignments.length > 0) return;
  throw new UsageError(
    `--limit ${limit}: found no host with a role; expected at least one of ${list(everyone.map(({ host }) => host.name))}`,
  );
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
