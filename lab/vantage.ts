import type { Host, Inventory } from "../engine/model/inventory/index.ts";
import { InventoryError, RefusedError } from "../engine/util/errors.ts";
import { DEFAULT_ID, describeLab, type Lab } from "./context.ts";
import { leaderOf } from "./machine.ts";
import { attempt, run } from "./run.ts";
import { isClaimed, refuseStranger } from "./state.ts";

/**
 * The network namespace of a running machine of this checkout's lab, as a file for `nsenter --net`. Undefined if the
 * host is not such a machine, or if we are not root on the lab's box.
 */
export async function networkOf(
  inventory: Inventory,
  host: Host,
  id = DEFAULT_ID,
): Promise<string | undefined> {
  const lab = labOf(inventory, id);
  const leader = lab && (await leaderOf(lab, host.name));
  if (leader === undefined) return undefined;
  const network = `/proc/${leader}/ns/net`;
  // The names may match by chance: the inventory may mean another machine. So the address must match too.
  const listed = await run({ nothrow: true })`nsenter --net=${network} ip -json -4 address show`;
  return listed.stdout.includes(`"${host.address}"`) ? network : undefined;
}

/**
 * Adds a stranger to the lab's network while the work runs: a computer that no inventory names. The work gets its
 * network namespace, as a file for `nsenter --net`, and its address. Only one can exist at a time, so a stranger that a
 * killed process left behind is removed first.
 */
export async function asStranger<T>(
  inventory: Inventory,
  work: (network: string, address: string) => Promise<T>,
  id = DEFAULT_ID,
): Promise<T> {
  const lab = labOf(inventory, id);
  if (!lab) throw new RefusedError("this checkout has no lab running here, so there is no network to join");
  const address = unusedAddress(inventory, lab);
  await removeStranger();
  try {
    await attempt("joining the lab's network", () => addStranger(lab, address));
    return await work(`/run/netns/${NAME}`, address);
  } finally {
    await removeStranger();
  }
}

/** An address of the lab's network that the inventory does not use: not for a host, the site, this box or `control`. */
export function unusedAddress({ hosts, publicAddress, control }: Inventory, { subnet }: Lab): string {
  const used = [...hosts.map(({ address }) => address), publicAddress, subnet.gateway, ...control];
  const all = Array.from({ length: 253 }, (_, index) => subnet.gateway.replace(/\d+$/, String(254 - index)));
  const free = all.find((address) => !used.includes(address));
  if (free === undefined) throw new RefusedError(`found no unused address in ${subnet.cidr}`);
  return free;
}

// --- internal ---

const NAME = "quintet-stranger";
/** The ports of machines begin with "vb-", so no machine's port can have this name. */
const PORT = "qt-stranger";

function labOf(inventory: Inventory, id: string): Lab | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return undefined;
  try {
    const lab = describeLab(inventory, id);
    refuseStranger(lab);
    return isClaimed(lab) ? lab : undefined;
  } catch (error) {
    // The lab is another checkout's, or the inventory's hosts cannot be a lab.
    if (error instanceof RefusedError || error instanceof InventoryError) return undefined;
    throw error;
  }
}

async function addStranger({ id }: Lab, address: string): Promise<void> {
  await run`ip netns add ${NAME}`;
  await run`ip link add ${PORT} type veth peer name eth0 netns ${NAME}`;
  await run`ip -n ${NAME} address add ${address}/24 dev eth0`;
  await run`ip -n ${NAME} link set lo up`;
  await run`ip -n ${NAME} link set eth0 up`;
  await run`ip link set ${PORT} master ${id} up`;
}

async function removeStranger(): Promise<void> {
  const quiet = run({ nothrow: true });
  await quiet`ip link delete ${PORT}`;
  await quiet`ip netns delete ${NAME}`;
}
