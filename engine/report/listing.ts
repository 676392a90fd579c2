import { limited, rolesOfHost, withRoles } from "../model/selection.ts";
import { programOf } from "../program/compile.ts";
import { prepareOnly, type RunOptions } from "../run/run.ts";

/** Prints which hosts a run would take and which roles each would get, without connecting to any. */
export function printListing({ inventory, site, limit, roles = [] }: RunOptions): number {
  const plays = withRoles(site, roles);
  for (const host of limited(inventory, limit)) {
    const names = rolesOfHost(plays, host, inventory).map(({ name }) => name);
    console.log(
      `${host.name.padEnd(8)}  ${host.address.padEnd(15)}  ${host.groups.join(", ").padEnd(14)}  ${names.join(", ") || "nothing"}`,
    );
  }
  for (const { name, summary } of new Map(
    plays.flatMap((play) => play.roles.map((role) => [role.name, role])),
  ).values()) {
    console.log(`${name.padEnd(10)}  ${summary}`);
  }
  return 0;
}

/** Prints the program that each host would be sent, with its secrets masked. */
export async function printPrograms(options: RunOptions): Promise<number> {
  const { stages } = await prepareOnly(options);
  for (const { hostPlans } of stages) {
    for (const [host, hostPlan] of hostPlans) {
      console.log(`# ${host}\n${programOf(hostPlan, { mode: options.mode, who: "nobody" }).masked}`);
    }
  }
  return 0;
}
