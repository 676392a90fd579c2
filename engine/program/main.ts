import type { HostPlan } from "../plan/host-plan.ts";
import { type Shell, sh } from "../template/shell.ts";

/** The calls of a program's `main`: resources in their order, each role's handlers after its last one. */
export function mainCalls({ resources, handlers }: HostPlan): Shell[] {
  const calls: Shell[] = [];
  const last = new Map(resources.map(({ role }, at) => [role, at]));
  for (let at = 0, next = 0; at < resources.length; at = next) {
    const kind = resources[at]?.resource.together?.kind;
    next = at + 1;
    while (kind !== undefined && resources[next]?.resource.together?.kind === kind) next++;
    const group = Array.from({ length: next - at }, (_, index) => at + index);
    calls.push(kind === undefined ? sh`converge ${at}` : sh`together ${kind} ${group}`);
    calls.push(...flushes({ resources, handlers }, group, last));
  }
  return calls;
}

// --- internal ---

/** The handlers of the roles whose last resource, by its number, is in the group. */
function flushes(
  { resources, handlers }: HostPlan,
  group: readonly number[],
  last: ReadonlyMap<string, number>,
): Shell[] {
  const finished = new Set([...last].flatMap(([role, at]) => (group.includes(at) ? [role] : [])));
  if (finished.size === 0) return [];
  const notified = resources.flatMap(({ role, resource }) => (finished.has(role) ? resource.notify : []));
  const names = new Set(notified.map(({ name }) => name));
  return handlers.flatMap(({ handler }, h) => (names.has(handler.name) ? [sh`flush ${h}`] : []));
}
