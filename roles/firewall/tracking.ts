/**
 * Kernel settings for the connections that stateful rules need: room for as many as `most` (by default what fits into a
 * tenth of `memory`, in MiB), and less time for those that are closing. Reasons and defaults of the kernel:
 * Documentation/networking/nf_conntrack-sysctl.
 */
export function tracking({ most, memory }: { most: number | undefined; memory: number }) {
  const room = most ?? Math.min(BIG, memory * PER_MEBIBYTE);
  return {
    // The kernel rounds up to whole pages. As many lists as connections, as it does itself: eight bytes each.
    "net.netfilter.nf_conntrack_buckets": Math.ceil(room / PER_PAGE) * PER_PAGE,
    "net.netfilter.nf_conntrack_max": room,
    ...SECONDS,
  };
}

// --- internal ---

/** What the kernel itself chooses on a machine of more than 4 GiB. Less for a big machine would be worse than nothing. */
const BIG = 262_144;

/** A connection takes up to 400 bytes, so this many take a tenth. */
const PER_MEBIBYTE = 256;

const PER_PAGE = 512;

/**
 * For how long a connection in that state is remembered though no packet comes. If one comes later, it is judged by the
 * rules for ports, as the first one was. On an established one TCP itself sends a packet after two hours (RFC 5382, 5).
 */
const SECONDS = {
  "net.netfilter.nf_conntrack_tcp_timeout_syn_sent": 20,
  "net.netfilter.nf_conntrack_tcp_timeout_syn_recv": 20,
  "net.netfilter.nf_conntrack_tcp_timeout_established": 7440,
  "net.netfilter.nf_conntrack_tcp_timeout_fin_wait": 30,
  "net.netfilter.nf_conntrack_tcp_timeout_close_wait": 30,
  "net.netfilter.nf_conntrack_tcp_timeout_last_ack": 10,
  "net.netfilter.nf_conntrack_tcp_timeout_time_wait": 10,
} as const;
