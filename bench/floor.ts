import type { Inventory } from "../engine/model/inventory/index.ts";
import { targetOf } from "../engine/ssh/target.ts";
import { timed } from "./bench.ts";

/** The lower bound of every run: an SSH login on every host at once. Returns a function that measures it, in ms. */
export async function loginFloor(inventory: Inventory): Promise<() => Promise<number>> {
  const reaches = await Promise.all(inventory.hosts.map(targetOf));
  const options = ["-o", "UserKnownHostsFile=.quintet/known_hosts", "-o", "IdentitiesOnly=yes"];
  return async () => {
    const began = performance.now();
    await Promise.all(
      reaches.map(({ user, address, keys }) => {
        const key = keys.slice(0, 1).flatMap((file) => ["-i", file]);
        return timed("ssh", ...options, ...key, `${user}@${address}`, "true");
      }),
    );
    return performance.now() - began;
  };
}
