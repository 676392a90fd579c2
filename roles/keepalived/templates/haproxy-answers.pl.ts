import { type Text, text } from "../../../engine/index.ts";

interface Check {
  readonly port: number;
  /** Seconds that HAProxy has for its answer. */
  readonly within: number;
  /** Seconds for which it is watched after that. */
  readonly watch: number;
}

/**
 * Asks HAProxy on this machine whether it is well, then watches it until it is time for the next check. If HAProxy ends,
 * so does the connection that is watched, at once; if nobody listens then, it is gone. If it reloads, somebody does.
 * Perl without a module starts several times as fast as curl, and is part of every Debian. 2048 is SOCK_NONBLOCK, 115
 * EINPROGRESS and 111 ECONNREFUSED: the queue of a frozen HAProxy may be full, so no call may wait.
 */
export default ({ port, within, watch }: Check): Text => text`
  #!/usr/bin/perl
  # Written by Quintet (role keepalived); changes made here are overwritten.
  # Fails if HAProxy is gone, or does not say within ${within} s that it is well.
  $SIG{PIPE} = "IGNORE";
  my $left = ${within};

  sub connection {
    socket(my $haproxy, 2, 1 | 2048, 0) or die "no socket: $!";
    connect($haproxy, pack("S n C4 x8", 2, ${port}, 127, 0, 0, 1)) or $! == 115 or exit 1;
    return $haproxy;
  }

  sub ready {
    my ($haproxy, $writing, $seconds) = @_;
    vec(my $it = "", fileno($haproxy), 1) = 1;
    return $writing ? select(undef, $it, undef, $seconds) : select($it, undef, undef, $seconds);
  }

  sub ask {
    for (my $answer = ""; $answer !~ m{^HTTP/\S+ 200 }; select(undef, undef, undef, 0.02), $left -= 0.02) {
      my $haproxy = connection();
      for my $writing (1, 0) {
        (my $found, $left) = ready($haproxy, $writing, $left);
        exit 1 if !$found || $left <= 0;
        !$writing or syswrite($haproxy, "GET /health HTTP/1.0\r\n\r\n") or $! != 111 or exit 1;
      }
      sysread($haproxy, $answer, 99);
    }
  }

  my $watched = connection();
  ask();
  my ($ended) = ready($watched, 0, ${watch});
  ask() if $ended;
`;
