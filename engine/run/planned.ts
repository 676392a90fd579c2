import type { HostPlan } from "../plan/host-plan.ts";
import { stepsOf } from "../program/main.ts";
import type { PlannedStep, RunEvent } from "./events.ts";

/** The event that says what a host is about to go through. */
export function planned(host: string, hostPlan: HostPlan): Extract<RunEvent, { type: "planned" }> {
  const { resources, handlers } = hostPlan;
  const steps = stepsOf(hostPlan).map((step): PlannedStep => {
    if ("handler" in step) return { kind: "handler", names: [handlers[step.handler]?.handler.name ?? ""] };
    return { kind: "resources", names: step.resources.map((n) => resources[n]?.resource.id ?? "") };
  });
  return { type: "planned", host, steps };
}
