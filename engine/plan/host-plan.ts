import { isDeepStrictEqual } from "node:util";
import type { Host } from "../model/inventory/index.ts";
import type { Handler, Resource } from "../model/resource.ts";
import type { Role } from "../model/role.ts";
import { CompileError } from "../util/errors.ts";
import { contextOf, type PlanInputs } from "./context.ts";

/** Resources of one host, in the order of applying. Handlers come at the end of each role that notifies them. */
export interface HostPlan {
  readonly resources: readonly PlannedResource[];
  readonly handlers: readonly { readonly role: string; readonly handler: Handler }[];
}

/** A resource, the role that declares it, and others that ask for the same: several may want one package. */
export interface PlannedResource {
  readonly role: string;
  readonly alsoOf?: readonly string[];
  readonly resource: Resource;
}

/**
 * Plans one host for a stage: resources that say `first`, then packages, then role by role. Throws CompileError for two
 * resources of one name, and for two different handlers of one name.
 */
export function hostPlanFor(host: Host, roles: readonly Role[], inputs: PlanInputs): HostPlan {
  const all = roles.flatMap((role) => {
    const resources = role
      .resources(contextOf(role, host, inputs))
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

/** Two roles may ask for the same package in the same way. Anything else that is declared twice is a mistake. */
function merged(host: Host, all: HostPlan["resources"]): HostPlan["resources"] {
  const seen = new Map<string, HostPlan["resources"][number]>();
  for (const { role, resource } of all) {
    const earlier = seen.get(resource.id);
    if (earlier && (!resource.together || !isDeepStrictEqual(earlier.resource.together, resource.together)))
      throw new CompileError(
        `${host.name}: ${resource.id} is declared twice, in role ${earlier.role} and in role ${role}`,
      );
    seen.set(
      resource.id,
      earlier
        ? {
            ...earlier,
            alsoOf: [...(earlier.alsoOf ?? []), role],
            resource: both(earlier.resource, resource),
          }
        : { role, resource },
    );
  }
  return [...seen.values()];
}

function both(a: Resource, b: Resource): Resource {
  return { ...a, notify: [...a.notify, ...b.notify], needs: [...a.needs, ...b.needs] };
}

/**
 * Handlers in the order in which roles name them, wherever their resources come. A handler that covers another stands
 * before it.
 */
function handlersOf(resources: HostPlan["resources"]): HostPlan["handlers"] {
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
