import type { Host, Inventory, Traffic } from "../../engine/index.ts";

/** Who may connect to what: one line of the table, and one rule on each host concerned. */
export interface Flow {
  /** As people say it: `everyone`, `control`, or a group. */
  readonly from: string;
  /** Addresses and networks that it may come from; undefined for anywhere. */
  readonly sources: readonly string[] | undefined;
  readonly to: Host;
  /** Address that it goes to; undefined for any that the host has. */
  readonly address: string | undefined;
  readonly port: number;
  readonly protocol: "tcp" | "udp" | "vrrp";
  readonly purpose: string;
  readonly role: string;
}

/** All that the roles of a site open, as flows. A group that the inventory lacks is nobody. */
export function flowsOf(traffic: Traffic, inventory: Inventory): Flow[] {
  return traffic.opens.flatMap(({ from, host, at, ...opening }) =>
    from.map((name) => ({
      ...opening,
      from: name,
      sources: sourcesOf(name, host, inventory),
      to: host,
      address: { public: inventory.publicAddress, own: host.address, any: undefined }[at],
    })),
  );
}

// --- internal ---

function sourcesOf(name: string, to: Host, inventory: Inventory): readonly string[] | undefined {
  if (name === "everyone") return undefined;
  if (name === "control") return inventory.control.length > 0 ? inventory.control : undefined;
  return (inventory.groups[name] ?? []).filter((host) => host !== to).map(({ address }) => address);
}
