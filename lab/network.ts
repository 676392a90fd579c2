import { RefusedError } from "../engine/util/errors.ts";
import type { Lab } from "./context.ts";
import { attempt, run } from "./run.ts";

/** Makes the bridge, the machines' way to the internet (NAT), and the nftables table for cut links. Safe to repeat. */
export async function networkUp(lab: Lab): Promise<void> {
  const { id, subnet } = lab;
  await refuseTakenSubnet(lab);
  await attempt(`making the bridge ${id}`, async () => {
    if (!(await exists(id))) {
      await run`ip link add ${id} address ${macOf(subnet.gateway)} type bridge forward_delay 0 stp_state 0 mcast_snooping 0`;
    }
    await run`ip address replace ${subnet.gateway}/24 dev ${id}`;
    await run`ip link set ${id} up`;
  });
  const tables = await run({ nothrow: true })`nft list table bridge ${id}`;
  if (tables.exitCode !== 0) await attempt("nftables", () => run({ input: rules(lab) })`nft -f -`);
}

/** Removes what networkUp made. */
export async function networkDown(lab: Lab): Promise<void> {
  const quiet = run({ nothrow: true });
  await quiet`nft delete table inet ${lab.id}`;
  await quiet`nft delete table bridge ${lab.id}`;
  await quiet`ip link delete ${lab.id}`;
}

/** Whether a network interface has this name, or this alternative name. */
export async function exists(link: string): Promise<boolean> {
  return (await run({ nothrow: true })`ip link show ${link}`).exitCode === 0;
}

/** The machine's port on the bridge. */
export const portOf = (machine: string) => `vb-${machine}`;

// --- internal ---

// Only the bridge family sees traffic between machines. A cut stops ARP too, as on a real cable. TCP segments are
// clamped (MSS), because this box's uplink may have a smaller MTU than the 1500 bytes of the bridge.
const rules = ({ id, subnet }: Lab) => `
table inet ${id} {
  chain way-out {
    type nat hook postrouting priority srcnat
    ip saddr ${subnet.cidr} ip daddr != ${subnet.cidr} masquerade
  }
  chain clamp {
    type filter hook forward priority mangle
    ip saddr ${subnet.cidr} tcp flags syn tcp option maxseg size set rt mtu
    ip daddr ${subnet.cidr} tcp flags syn tcp option maxseg size set rt mtu
  }
}
table bridge ${id} {
  set cut {
    type ipv4_addr . ipv4_addr
  }
  chain links {
    type filter hook forward priority filter
    ip saddr . ip daddr @cut drop
    arp saddr ip . arp daddr ip @cut drop
  }
}
`;

async function refuseTakenSubnet({ id, subnet }: Lab) {
  const links: { ifname: string; addr_info: { local: string; prefixlen: number }[] }[] = JSON.parse(
    (await run`ip -json -4 address show`).stdout,
  );
  const base = subnet.gateway.replace(/\d+$/, "");
  const taken = links.find(
    ({ ifname, addr_info }) => ifname !== id && addr_info.some(({ local }) => local.startsWith(base)),
  );
  if (taken) {
    throw new RefusedError(
      `${taken.ifname} already has an address in ${subnet.cidr}, the lab's network. Take that interface down ` +
        "(VirtualBox and libvirt make one for Vagrant's machines), or use an inventory with other addresses.",
    );
  }
}

// Without a fixed MAC address a bridge takes one from its ports, and changes it when machines come and go.
const macOf = (address: string) =>
  ["02", "51", ...address.split(".")]
    .map((part, i) => (i < 2 ? part : Number(part).toString(16).padStart(2, "0")))
    .join(":");
