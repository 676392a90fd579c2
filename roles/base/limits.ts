/**
 * Kernel settings for many short connections: from the balancer to the web servers, and to visitors.
 *
 * A port whose connection was closed rests for a minute. With 28,232 ports that is the end at 470 connections a second to
 * one server; with tcp_tw_reuse it is taken again after a second. The kernel keeps room for such resting connections by
 * memory, 4,096 on 672 MiB: one takes 256 bytes, so a sixteenth of `memory` (in MiB) holds the number here. `ports` are
 * those that this host listens on: no outgoing connection may happen to sit on one when its daemon starts.
 */
export function limits({ memory, ports }: { memory: number; ports: readonly number[] }) {
  const reserved = ranges(ports.filter((port) => port >= FIRST_OUTGOING)).join(",");
  return {
    "net.ipv4.tcp_tw_reuse": 1,
    "net.ipv4.tcp_max_tw_buckets": Math.min(BIG, memory * PER_MEBIBYTE),
    ...(reserved !== "" && { "net.ipv4.ip_local_reserved_ports": reserved }),
  };
}

// --- internal ---

/** What the kernel itself chooses on a big machine. */
const BIG = 262_144;

const PER_MEBIBYTE = 256;

/** The kernel's own ip_local_port_range begins here. */
const FIRST_OUTGOING = 32_768;

/** Ports as the kernel shows them: in order, and neighbours as one range. */
function ranges(ports: readonly number[]): string[] {
  const sorted = [...new Set(ports)].sort((a, b) => a - b);
  const firsts = sorted.filter((port) => !sorted.includes(port - 1));
  const lasts = sorted.filter((port) => !sorted.includes(port + 1));
  return firsts.map((first, index) => (first === lasts[index] ? `${first}` : `${first}-${lasts[index]}`));
}
