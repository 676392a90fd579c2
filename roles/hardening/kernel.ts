/**
 * Kernel settings that hide the kernel's own data and refuse unsafe packets from the network. Reasons:
 * Documentation/admin-guide/sysctl.
 */
export const KERNEL: Readonly<Record<string, number>> = {
  "dev.tty.ldisc_autoload": 0,
  "fs.protected_fifos": 2,
  "fs.protected_hardlinks": 1,
  "fs.protected_regular": 2,
  "fs.protected_symlinks": 1,
  "fs.suid_dumpable": 0,
  "kernel.core_uses_pid": 1,
  "kernel.dmesg_restrict": 1,
  "kernel.kptr_restrict": 2,
  "kernel.perf_event_paranoid": 3,
  "kernel.randomize_va_space": 2,
  "kernel.sysrq": 0,
  "kernel.unprivileged_bpf_disabled": 1,
  "kernel.yama.ptrace_scope": 2,
  "net.core.bpf_jit_harden": 2,
  // Ten messages about bad packets in so many seconds. With the kernel's 5, packets fill the journal (log_martians).
  "net.core.message_cost": 600,
  "net.ipv4.conf.all.accept_redirects": 0,
  "net.ipv4.conf.all.accept_source_route": 0,
  "net.ipv4.conf.all.log_martians": 1,
  "net.ipv4.conf.all.rp_filter": 1,
  "net.ipv4.conf.all.send_redirects": 0,
  "net.ipv4.conf.default.accept_redirects": 0,
  "net.ipv4.conf.default.accept_source_route": 0,
  "net.ipv4.conf.default.log_martians": 1,
  "net.ipv4.icmp_echo_ignore_broadcasts": 1,
  "net.ipv4.icmp_ignore_bogus_error_responses": 1,
  "net.ipv4.tcp_syncookies": 1,
  "net.ipv6.conf.all.accept_redirects": 0,
  "net.ipv6.conf.all.accept_source_route": 0,
  "net.ipv6.conf.default.accept_redirects": 0,
  "net.ipv6.conf.default.accept_source_route": 0,
};
