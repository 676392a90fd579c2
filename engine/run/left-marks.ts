import type { PreparedStage } from "./prepare.ts";

/**
 * A warning for each handler that is due on a host and that no role knows, as after it was renamed: what it was to do is
 * not done, and nobody will do it. None if only some roles were asked: it may be another role's.
 */
export function strangers(
  host: string,
  left: readonly string[],
  stages: readonly PreparedStage[],
  roles: readonly string[],
): string[] {
  if (roles.length > 0) return [];
  const handlers = stages.flatMap(({ hostPlans }) => hostPlans.get(host)?.handlers ?? []);
  const known = new Set(handlers.flatMap(({ handler }) => [handler.name, handler.covers]));
  return left
    .filter((name) => !known.has(name))
    .map(
      (name) =>
        `${host}: the handler "${name}" is due since a run of another version, and no role has it any more: what it was to do is not done. Do that by hand, then remove its mark: sudo rm '/var/lib/quintet/pending/${encodeURIComponent(name).replaceAll("'", "%27")}'`,
    );
}
