import { type Text, text } from "../../../engine/index.ts";

/**
 * Asks HAProxy on this machine whether it is well, and fails if it says nothing for `seconds`. Perl without a module
 * starts several times as fast as curl; it is part of every Debian. 2048 is SOCK_NONBLOCK
 * and 115 EINPROGRESS: the queue of a frozen HAProxy may be full.
 */
export default (port: number, seconds: number): Text => text`
  #!/usr/bin/perl
  # Written by Quintet (role keepalived); changes made here are overwritten.
  socket(my $haproxy, 2, 1 | 2048, 0) or die "no socket: $!";
  connect($haproxy, pack("S n C4 x8", 2, ${port}, 127, 0, 0, 1)) or $! == 115 or exit 1;
  vec(my $it = "", fileno($haproxy), 1) = 1;
  select(undef, my $writable = $it, undef, ${seconds}) or exit 1;
  syswrite($haproxy, "GET /health HTTP/1.0\r\n\r\n") or exit 1;
  select(my $readable = $it, undef, undef, ${seconds}) or exit 1;
  sysread($haproxy, my $answer, 99);
  exit($answer =~ m{^HTTP/\S+ 200 } ? 0 : 1);
`;
