import type { Inventory, Traffic } from "../../engine/index.ts";
import { flowsOf } from "./flows.ts";

/** One line: who may talk to whom, on which port, and why. */
export interface Row {
  readonly from: string;
  readonly to: string;
  readonly port: string;
  readonly purpose: string;
  readonly role: string;
}

/** The whole firewall of a site, as people read it. What is the same on several hosts is one line. */
export function tableOf(traffic: Traffic, inventory: Inventory): Row[] {
  const inside = flowsOf(traffic, inventory).map(({ from, to, address, port, protocol, purpose, role }) => ({
    from:
      from === "control" && inventory.control.length > 0
        ? `control (${inventory.control.join(", ")})`
        : from === "control"
          ? "everyone"
          : from,
    to: address === inventory.publicAddress ? `public address ${address}` : to.name,
    port: protocol === "vrrp" ? "VRRP" : `${port}/${protocol}`,
    purpose,
    role,
  }));
  const outside = traffic.reaches.map(({ host, port, protocol, users, purpose, role }) => ({
    from: `${host.name}`,
    to: "outside",
    port: `${port}/${protocol}`,
    purpose: users ? `${purpose} (${users.join(", ")})` : purpose,
    role,
  }));
  return [...together(inside, "to", inventory), ...together(outside, "from", inventory)];
}

// --- internal ---

/** Merges rows that differ only in the host. */
function together(rows: readonly Row[], by: "from" | "to", inventory: Inventory): Row[] {
  const alike = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify({ ...row, [by]: "" });
    alike.set(key, [...(alike.get(key) ?? []), row]);
  }
  return [...alike.values()].map((same) => ({
    ...(same[0] as Row),
    [by]: nameOf([...new Set(same.map((row) => row[by]))], inventory),
  }));
}

/** The name of the group of exactly these hosts. If there is none or more than one, the names of the hosts. */
function nameOf(names: readonly string[], inventory: Inventory): string {
  const groups = Object.entries({ all: inventory.hosts, ...inventory.groups }).filter(
    ([, hosts]) => hosts.length === names.length && hosts.every(({ name }) => names.includes(name)),
  );
  return groups.length === 1 ? (groups[0]?.[0] ?? "") : names.join(", ");
}
