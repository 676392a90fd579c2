import type { Host } from "../engine/model/inventory/index.ts";
import { sh } from "../engine/template/shell.ts";
import { type Check, type Examination, type Found, judged, type Subject } from "./check.ts";

/** How exposed services are, as systemd rates it. 0 means fully sandboxed, 10 means not at all. */
export const sandboxes: Check = {
  name: "sandboxes",
  summary: "no service is more exposed than its limit, by systemd-analyze security",
  tools: {},
  examinations: ({ hosts, ask }) =>
    hosts.flatMap((host) => (unitsOf(host).length > 0 ? [examine(host, ask)] : [])),
};

/** The highest allowed exposure of each service, and the group whose machines have it. */
export const LIMITS: Readonly<Record<string, { readonly group: string; readonly most: number }>> = {
  "foobar.service": { group: "web", most: 2.5 },
  "nginx.service": { group: "web", most: 2.5 },
  "haproxy.service": { group: "balancer", most: 2.5 },
  "nsd.service": { group: "balancer", most: 7 },
  "keepalived.service": { group: "balancer", most: 7 },
  "etcd.service": { group: "quorum", most: 2.5 },
  "mysql.service": { group: "database", most: 5 },
  "failover.service": { group: "database", most: 2.5 },
};

/** The exposure of each unit, from the JSON overview of systemd-analyze security. */
export function exposuresIn(json: string): Map<string, number> {
  const rows: { unit: string; exposure: string | number }[] = JSON.parse(json);
  return new Map(rows.map(({ unit, exposure }) => [unit, Number(exposure)]));
}

/** Judges each service on a host. */
export function judgeExposures(host: Host, exposures: ReadonlyMap<string, number>): Found[] {
  return unitsOf(host).map(([unit, { most }]) => {
    const exposure = exposures.get(unit);
    const isWithin = exposure !== undefined && exposure <= most;
    return {
      about: `${unit} on ${host.name}`,
      ...judged(exposure === undefined ? "" : exposure.toFixed(1), [
        ...(exposure === undefined ? ["the unit is not loaded"] : isWithin ? [] : ["too exposed"]),
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
    // With a unit's name, systemd-analyze lists settings. Only the overview without a name has the scores.
    run: async (signal) => {
      const json = await ask(host, sh`systemd-analyze security --no-pager --json=short`, signal);
      return judgeExposures(host, exposuresIn(json));
    },
  };
}
