import { isDeepStrictEqual } from "node:util";
import type { Programme } from "./compile.ts";
import { CompileError, UsageError } from "./errors.ts";
import { Facts } from "./fact.ts";
import { type Host, hostsIn, type Inventory } from "./inventory.ts";
import { didYouMean, list } from "./nearest.ts";
import type { Certificate } from "./pki/certificate.ts";
import { declaredBy } from "./pki/requests.ts";
import type { Site, Stage } from "./play.ts";
import type { Blob, Handler, Resource } from "./resource.ts";
import { type Context, type Role, type Traffic, varsOf } from "./role.ts";
import type { Secret } from "./secret.ts";

/** Everything that roles are compiled from. */
export interface World {
  /** All of it, also when only some of its roles are run. */
  readonly site: Site;
  readonly inventory: Inventory;
  readonly facts: Facts;
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly blobs: ReadonlyMap<string, Blob>;
  readonly certificates: ReadonlyMap<string, Certificate>;
}

/** The site with only the roles asked for; all of them when none is. Throws UsageError for a role it has not got. */
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

/** Refuses an inventory that lacks a group which the site provisions. */
export function requireGroups(site: Site, inventory: Inventory): void {
  for (const { group } of site) {
    if (hostsIn(inventory, group).length > 0) continue;
    throw new UsageError(
      `${inventory.file} › groups: found no group "${group}"; the site provisions it, the inventory has ${list(Object.keys(inventory.groups))}`,
    );
  }
}

/** The roles of a host in a stage, in the order of the plays. */
export function rolesOf(stage: Stage | { plays: Site }, host: Host, inventory: Inventory): Role[] {
  return stage.plays.flatMap(({ group, roles }) => (hostsIn(inventory, group).includes(host) ? roles : []));
}

/** What a role may know when it says what a host should be. */
export function contextOf(role: Role, host: Host, world: World): Context<Record<string, unknown>> {
  return {
    vars: varsOf(role, host, world.inventory.file),
    host,
    inventory: world.inventory,
    hosts: (group) => hostsIn(world.inventory, group),
    fact: (fact, name) => {
      if (role.reads?.facts.every((declared) => declared.name !== fact.name) ?? true)
        throw new CompileError(`role ${role.name} asks for the fact ${fact.name}, which it does not declare`);
      return world.facts.get(fact, name);
    },
    blob: world.blobs.get(role.name),
    traffic: () => {
      const known = traffics.get(world) ?? trafficOf(world);
      traffics.set(world, known);
      return known;
    },
    secret: (name) => {
      const secret = role.secrets?.[name] === undefined ? undefined : world.secrets.get(name);
      if (!secret)
        throw new CompileError(`role ${role.name} asks for the secret ${name}, which it does not declare`);
      return secret;
    },
    certificate: (name) => {
      const declared = declaredBy(role, host, world.inventory).some((request) => request.name === name);
      const certificate = declared ? world.certificates.get(name) : undefined;
      if (!certificate)
        throw new CompileError(
          `role ${role.name} asks for the certificate ${name}, which it does not declare for ${host.name}`,
        );
      return certificate;
    },
  };
}

/** What every role listens on, and where it goes, on every host that has it. */
export function trafficOf(world: World): Traffic {
  const all = world.inventory.hosts.flatMap((host) =>
    rolesOf({ plays: world.site }, host, world.inventory).map((role) => ({
      role,
      context: contextOf(role, host, world),
      owner: { host, role: role.name },
    })),
  );
  return {
    opens: all.flatMap(({ role, context, owner }) =>
      (role.opens?.(context) ?? []).map((item) => ({ ...item, ...owner })),
    ),
    reaches: all.flatMap(({ role, context, owner }) =>
      (role.reaches?.(context) ?? []).map((item) => ({ ...item, ...owner })),
    ),
  };
}

/** The same of a site that nobody runs: openings depend on the inventory alone. */
export function trafficIn(site: Site, inventory: Inventory): Traffic {
  const nothing = { facts: new Facts(), secrets: new Map(), blobs: new Map(), certificates: new Map() };
  return trafficOf({ site, inventory, ...nothing });
}

/** What one host is to be in a stage: what says `first`, packages, then role by role. Throws CompileError for two of one name. */
export function programmeFor(host: Host, roles: readonly Role[], world: World): Programme {
  const all = roles.flatMap((role) => {
    const resources = role
      .resources(contextOf(role, host, world))
      .filter((resource) => resource !== false && resource !== undefined);
    return resources.map((resource) => ({ role: role.name, resource: resource as Resource }));
  });
  const unique = merged(host, all);
  const first = unique.filter(({ resource }) => resource.first && !resource.together);
  const together = unique.filter(({ resource }) => resource.first && resource.together);
  const rest = unique.filter(({ resource }) => !resource.first);
  const resources = [...first, ...together, ...rest];
  return { resources, handlers: handlersOf(unique) };
}

// --- internal ---

/** What all hosts ask for, and is the same for each. */
const traffics = new WeakMap<World, Traffic>();

/** Two roles may ask for the same package in the same way; anything else asked for twice is a mistake. */
function merged(host: Host, all: Programme["resources"]): Programme["resources"] {
  const seen = new Map<string, Programme["resources"][number]>();
  for (const { role, resource } of all) {
    const earlier = seen.get(resource.id);
    if (earlier && (!resource.together || !isDeepStrictEqual(earlier.resource.together, resource.together)))
      throw new CompileError(
        `${host.name}: ${resource.id} is declared twice, in role ${earlier.role} and in role ${role}`,
      );
    seen.set(
      resource.id,
      earlier ? { ...earlier, resource: both(earlier.resource, resource) } : { role, resource },
    );
  }
  return [...seen.values()];
}

function both(a: Resource, b: Resource): Resource {
  return { ...a, notify: [...a.notify, ...b.notify], needs: [...a.needs, ...b.needs] };
}

/** In the order in which roles name them, wherever their resources come, but one that covers another before that. */
function handlersOf(resources: Programme["resources"]): Programme["handlers"] {
  const handlers = new Map<string, { role: string; handler: Handler }>();
  for (const { role, resource } of resources) {
    for (const handler of resource.notify) {
      const earlier = handlers.get(handler.name);
      if (earlier && earlier.handler.run.reveal() !== handler.run.reveal())
        throw new CompileError(
          `the handler "${handler.name}" does one thing in role ${earlier.role} and another in role ${role}`,
        );
      if (!earlier) handlers.set(handler.name, { role, handler });
    }
  }
  const ordered: { role: string; handler: Handler }[] = [];
  for (const one of handlers.values()) {
    const covered = ordered.findIndex(({ handler }) => handler.name === one.handler.covers);
    ordered.splice(covered < 0 ? ordered.length : covered, 0, one);
  }
  return ordered;
}
