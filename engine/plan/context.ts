import type { Certificate } from "../model/certificate.ts";
import { Facts } from "../model/fact.ts";
import { type Host, hostsIn, type Inventory } from "../model/inventory/index.ts";
import type { Site } from "../model/play.ts";
import type { Blob } from "../model/resource.ts";
import { type Context, type Role, type Traffic, varsOf } from "../model/role.ts";
import { rolesOf } from "../model/selection.ts";
import type { Secret } from "../template/secret.ts";
import { CompileError } from "../util/errors.ts";
import { declaredBy } from "./certificate-requests.ts";

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

// --- internal ---

/** What all hosts ask for, and is the same for each. */
const traffics = new WeakMap<World, Traffic>();
