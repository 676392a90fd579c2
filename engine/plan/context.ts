import type { z } from "zod";
import type { Certificate } from "../model/certificate.ts";
import { Facts } from "../model/fact.ts";
import { type Host, hostsIn, type Inventory } from "../model/inventory/index.ts";
import type { Site } from "../model/play.ts";
import type { Blob } from "../model/resource.ts";
import { type Context, type Role, type Traffic, varsOf } from "../model/role.ts";
import { assignmentsOf, rolesOfHost } from "../model/selection.ts";
import type { Secret } from "../template/secret.ts";
import { CompileError } from "../util/errors.ts";
import { declaredBy } from "./certificate-requests.ts";

/** Everything that host plans are made from. */
export interface PlanInputs {
  /** The whole site, even if only some of its roles are run. */
  readonly site: Site;
  readonly inventory: Inventory;
  readonly facts: Facts;
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly blobs: ReadonlyMap<string, Blob>;
  readonly certificates: ReadonlyMap<string, Certificate>;
  /** What every role opens, and where it connects to, on every host that has it. */
  traffic(): Traffic;
}

/** Inputs of host plans. What is not given is empty. The traffic is worked out once, because every host asks for it. */
export function planInputs(
  given: Pick<PlanInputs, "site" | "inventory"> & Partial<Omit<PlanInputs, "traffic">>,
): PlanInputs {
  let traffic: Traffic | undefined;
  const inputs: PlanInputs = {
    facts: new Facts(),
    secrets: new Map(),
    blobs: new Map(),
    certificates: new Map(),
    ...given,
    traffic: () => {
      traffic ??= trafficOf(inputs);
      return traffic;
    },
  };
  return inputs;
}

/**
 * What a role may know about a host. Throws CompileError for variables that do not fit; `fact`, `secret` and
 * `certificate` throw it for what the role does not declare.
 */
export function contextOf(role: Role, host: Host, inputs: PlanInputs): Context<Record<string, unknown>> {
  const { inventory } = inputs;
  return {
    vars: varsOf(role, host, inventory.file),
    host,
    inventory,
    hosts: (group) => hostsIn(inventory, group),
    fact: (fact, name) => {
      if (role.facts?.read.every((declared) => declared.name !== fact.name) ?? true)
        throw new CompileError(`role ${role.name} asks for the fact ${fact.name}, which it does not declare`);
      return inputs.facts.get(fact, name);
    },
    blob: inputs.blobs.get(role.name),
    traffic: inputs.traffic,
    varsOf: (vars, of) => varsWithin(inputs, vars, of),
    secret: (name) => {
      const secret = role.secrets?.[name] === undefined ? undefined : inputs.secrets.get(name);
      if (!secret)
        throw new CompileError(`role ${role.name} asks for the secret ${name}, which it does not declare`);
      return secret;
    },
    certificate: (name) => {
      const declared = declaredBy(role, host, inventory).some((request) => request.name === name);
      const certificate = declared ? inputs.certificates.get(name) : undefined;
      if (!certificate)
        throw new CompileError(
          `role ${role.name} asks for the certificate ${name}, which it does not declare for ${host.name}`,
        );
      return certificate;
    },
  };
}

/** The variables on a host of the role with this schema, as plays and inventory have them; else the defaults. */
export function varsWithin<Schema extends z.ZodObject>(
  { site, inventory }: Pick<PlanInputs, "site" | "inventory">,
  vars: Schema,
  host: Host,
): z.output<Schema> {
  const declares = ({ declared }: Role) => declared === vars;
  const roles = [...rolesOfHost(site, host, inventory), ...site.flatMap((play) => play.roles)];
  const owner = roles.find(declares);
  return (owner ? varsOf(owner, host, inventory.file) : vars.parse({})) as z.output<Schema>;
}

// --- internal ---

function trafficOf(inputs: PlanInputs): Traffic {
  const { site, inventory } = inputs;
  const all = assignmentsOf(site, inventory.hosts, inventory).flatMap(({ host, roles }) =>
    roles.map((role) => ({ role, context: contextOf(role, host, inputs), owner: { host, role: role.name } })),
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
