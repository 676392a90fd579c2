import type { Host } from "../engine/model/inventory/index.ts";
import { sh } from "../engine/template/shell.ts";
import { type Check, type Examination, type Found, judged, type Subject } from "./check.ts";

/** How much of a machine its services could harm, as systemd rates it: 0 is nothing, 10 is everything. */
export const sandboxes: Check = {
  name: "sandboxes",
  summary: "what services may do is as little as the limits say, by systemd-analyze security",
  tools: {},
  examinations: ({ hosts, ask }) =>
    hosts.flatMap((host) => (unitsOf(host).length > 0 ? [examine(host, ask)] : [])),
};

/** The most that a service may be exposed, on the machines of a group. */
export const LIMITS: Readonly<Record<string, { readonly group: string; readonly most: number }>> = {
  "foobar.service": { group: "web", most: 2.5 },
  "nginx.service": { group: "web", most: 2.5 },
  "haproxy.service": { group: "balancer", most: 2.5 },
  "nsd.service": { group: "balancer", most: 7 },
  "keepalived.service": { group: "balancer", most: 7 },
  "mysql.service": { group: "database", most: 5 },
  "mysql-role.service": { group: "database", most: 7 },
};

/** Exposure by unit, from the overview that systemd-analyze prints as JSON. */
export function exposuresIn(json: string): Map<string, number> {
  const rows: { unit: string; exposure: string | number }[] = JSON.parse(json);
  return new Map(rows.map(({ unit, exposure }) => [unit, Number(exposure)]));
}

/** What the exposures on a host mean, service by service. */
export function judgeExposures(host: Host, exposures: ReadonlyMap<string, number>): Found[] {
  return unitsOf(host).map(([unit, { most }]) => {
    const exposure = exposures.get(unit);
    const isWithin = exposure !== undefined && exposure <= most;
    return {
      about: `${unit} on ${host.name}`,
      ...judged(exposure === undefined ? "" : exposure.toFixed(1), [
        ...(exposure === undefined ? ["it is not loaded"] : isWithin ? [] : ["too much"]),
      ]),
      expected: `at most ${most.toFixed(1)}`,
      figures: { unit, exposure, most },
    };
  });
}

// --- internal ---

const unitsOf = ({ groups }: Host) =>
  Object.entries(LIMITS).filter(([, { group }]) => groups.includes(group));

function examine(host: Host, ask: Subject["ask"]): Examination {
  return {
    about: host.name,
    expected: "exposures within their limits",
    seconds: 90,
    // Asked of one unit it lists settings; the overview has what they come to.
    run: async (signal) => {
      const json = await ask(host, sh`systemd-analyze security --no-pager --json=short`, signal);
      return judgeExposures(host, exposuresIn(json));
    },
  };
}
