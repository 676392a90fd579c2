import type { HostPlan } from "../plan/host-plan.ts";
import { type Shell, sh } from "../template/shell.ts";

/** One call of a program's `main`: a resource, several that are applied in one go, or a handler; by their numbers. */
export type Step =
  | { readonly resources: readonly number[]; readonly together?: string }
  | { readonly handler: number };

/** What a program goes through: resources in their order, each role's handlers after its last one. */
export function stepsOf({ resources, handlers }: HostPlan): Step[] {
  const steps: Step[] = [];
  const last = new Map(resources.map(({ role }, at) => [role, at]));
  for (let at = 0, next = 0; at < resources.length; at = next) {
    const kind = resources[at]?.resource.together?.kind;
    next = at + 1;
    while (kind !== undefined && resources[next]?.resource.together?.kind === kind) next++;
    const group = Array.from({ length: next - at }, (_, index) => at + index);
    steps.push({ resources: group, ...(kind !== undefined && { together: kind }) });
    steps.push(...handlersAfter({ resources, handlers }, group, last));
  }
  return steps;
}

/** The calls of a program's `main`. */
export function mainCalls(hostPlan: HostPlan): Shell[] {
  return stepsOf(hostPlan).map((step) => {
    if ("handler" in step) return sh`flush ${step.handler}`;
    const { resources, together } = step;
    return together === undefined ? sh`converge ${resources}` : sh`together ${together} ${resources}`;
  });
}

// --- internal ---

/** The handlers of the roles whose last resource (`last` has its number) is in the group. */
function handlersAfter(
  { resources, handlers }: HostPlan,
  group: readonly number[],
  last: ReadonlyMap<string, number>,
): Step[] {
  const finished = new Set([...last].flatMap(([role, at]) => (group.includes(at) ? [role] : [])));
  if (finished.size === 0) return [];
  const notified = resources.flatMap(({ role, resource }) => (finished.has(role) ? resource.notify : []));
  const names = new Set(notified.map(({ name }) => name));
  return handlers.flatMap(({ handler }, h) => (names.has(handler.name) ? [{ handler: h }] : []));
}
