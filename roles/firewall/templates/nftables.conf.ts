import { type Host, type Reaching, type Text, text } from "../../../engine/index.ts";
import type { Flow } from "../flows.ts";
import { answers, untracked } from "./untracked.ts";

interface Rules {
  host: Host;
  flows: readonly Flow[];
  reaches: readonly Reaching[];
}

/**
 * The whole firewall of one host. What is not named here is dropped on its way in, and refused on its way out. It is a
 * table of its own, replaced in one go. The tables of others (Docker, fail2ban) are left alone.
 */
export default ({ host, flows, reaches }: Rules): Text => text`
  #!/usr/sbin/nft -f
  # Written by Quintet (role firewall); changes made here are overwritten. Who may talk to whom: npm run firewall

  table inet quintet
  delete table inet quintet
  table inet quintet {
      ${untracked(host, flows)}

      chain input {
          ${always("input")}
          ${flows.filter(({ to }) => to === host).flatMap(incoming)}
          limit rate 1/minute burst 10 packets log prefix "quintet dropped: " level info
          counter
      }

      chain forward {
          type filter hook forward priority filter; policy drop;
      }

      chain output {
          ${always("output")}
          ${answers(host, flows)}
          ${once(flows.filter(({ to }) => to !== host).flatMap((flow) => outgoing(flow, host)))}
          ${reaches.map(outside)}
          # Connections older than these rules go on, the run's own among them: only a first packet opens one.
          tcp flags & (syn | ack) != syn accept
          limit rate 1/minute burst 10 packets log prefix "quintet refused: " level info flags skuid
          # A reset ends an attempt at once. After an ICMP error a kernel sends once more, a second later.
          meta l4proto tcp counter reject with tcp reset
          counter reject with icmpx admin-prohibited
      }
  }
`;

/** The rules of a host whose own rules cannot be loaded: SSH for `control`, what a network needs, and nothing else. */
export const closed = (ssh: readonly Flow[]): Text => text`
  table inet quintet {
      chain input {
          ${always("input")}
          ${ssh.flatMap(incoming)}
          limit rate 1/minute burst 10 packets log prefix "quintet closed: " level info
      }

      chain forward {
          type filter hook forward priority filter; policy drop;
      }

      chain output {
          ${always("output")}
      }
  }
`;

// --- internal ---

/** How a chain begins: what goes on, what stays on the machine, and what a network needs. */
function always(way: "input" | "output"): Text {
  return text`
    type filter hook ${way} priority filter; policy drop;
    ct state vmap { established : accept, related : accept, invalid : drop }
    ${way === "input" ? "iif" : "oif"} lo accept
    ${upkeep(way)}
  `;
}

/** What a network needs to work at all: errors and path MTU, neighbours and routers (RFC 4890), addresses by DHCP. */
function upkeep(way: "input" | "output"): Text {
  const [from, to] = way === "input" ? [67, 68] : [68, 67];
  const [from6, to6] = way === "input" ? [547, 546] : [546, 547];
  return text`
    icmp type { destination-unreachable, time-exceeded, parameter-problem } accept
    icmp type echo-request limit rate 50/second accept
    icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem, nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, nd-router-advert, mld-listener-query, mld-listener-report, mld2-listener-report } accept
    icmpv6 type echo-request limit rate 50/second accept
    udp sport ${from} udp dport ${to} accept
    ip6 saddr fe80::/10 udp sport ${from6} udp dport ${to6} accept
  `;
}

function incoming(flow: Flow): string[] {
  if (flow.sources?.length === 0) return [];
  const from = flow.sources ? `ip saddr { ${flow.sources.join(", ")} } ` : "";
  return [`${from}${service(flow)} accept ${comment(flow)}`];
}

/** The other end of what another host lets in, so that no role has to declare it twice. */
function outgoing(flow: Flow, host: Host): string[] {
  const mine = flow.sources === undefined ? flow.from === "everyone" : flow.sources.includes(host.address);
  return mine ? [`${service(flow)} accept ${comment(flow)}`] : [];
}

/** Removes repetitions: the public address is on several hosts' lists. */
const once = (rules: readonly string[]) => [...new Set(rules)];

function outside({ port, protocol, users, purpose }: Reaching): string {
  const by = users ? ` meta skuid { ${users.join(", ")} }` : "";
  return `${protocol} dport ${port}${by} accept comment ${JSON.stringify(purpose)}`;
}

function service({ address, protocol, port }: Flow): string {
  const what = protocol === "vrrp" ? "ip protocol vrrp" : `${protocol} dport ${port}`;
  return address === undefined ? what : `ip daddr ${address} ${what}`;
}

const comment = ({ role, purpose }: Flow) => `comment ${JSON.stringify(`${role}: ${purpose}`)}`;
