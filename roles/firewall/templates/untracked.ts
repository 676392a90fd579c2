import { type Host, type Text, text } from "../../../engine/index.ts";
import type { Flow } from "../flows.ts";

/**
 * Chains for packets of which the kernel keeps no state: inside the machine, VRRP, and those of this host's own UDP
 * services, such as DNS. What this host itself asks others is tracked: so the answer comes in, and nothing else does.
 */
export const untracked = (host: Host, flows: readonly Flow[]): Text => text`
  chain untracked_input {
      type filter hook prerouting priority raw; policy accept;
      iif lo notrack
      ${vrrp(host, flows)}
      ${services(host, flows).map(({ address, port }) => `${at("daddr", address)}udp dport ${port} notrack`)}
  }

  chain untracked_output {
      type filter hook output priority raw; policy accept;
      oif lo notrack
      ${vrrp(host, flows)}
      ${services(host, flows).map(({ address, port }) => `${at("saddr", address)}udp sport ${port} notrack`)}
  }
`;

/** Rules that let the answers of this host's UDP services out. They belong to no connection, so no other rule does. */
export const answers = (host: Host, flows: readonly Flow[]): string[] =>
  services(host, flows).map(({ address, sources, port, role }) => {
    const to = sources ? `ip daddr { ${sources.join(", ")} } ` : "";
    return `${at("saddr", address)}${to}udp sport ${port} ct state untracked accept comment ${JSON.stringify(`${role}: answers`)}`;
  });

// --- internal ---

const services = (host: Host, flows: readonly Flow[]) =>
  flows.filter(({ to, protocol, sources }) => to === host && protocol === "udp" && sources?.length !== 0);

const vrrp = (host: Host, flows: readonly Flow[]) =>
  flows.some(({ to, protocol }) => to === host && protocol === "vrrp") && "ip protocol vrrp notrack";

const at = (end: "saddr" | "daddr", address: string | undefined) =>
  address === undefined ? "" : `ip ${end} ${address} `;
