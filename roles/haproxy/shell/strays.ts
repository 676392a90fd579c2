/**
 * Perl that asks HAProxy over its socket, and prints what somebody has set there: servers in maintenance, drained, with
 * another weight or address, or no longer checked, frontends that are closed, and another limit of connections. Our file
 * does not say so. Bits as in HAProxy's management guide, "show servers state": 1 and 8 of the administrative state are set
 * by hand, 4 of the checks says that they run.
 */
export const STRAYS = String.raw`
  alarm 5;
  socket(my $haproxy, 1, 1, 0) or exit;
  connect($haproxy, pack("Sa108", 1, "/run/haproxy/admin.sock")) or exit;
  syswrite $haproxy, "show info; show servers state; show stat\n";
  my ($section, $most, $read, %at, @names, @strays);
  open(my $file, "<", "/etc/haproxy/haproxy.cfg") or exit;
  my $changed = (stat $file)[10];
  while (<$file>) {
    $section = join("", $1, $2 // "") if /^(\w+)(?:\s+(\S+))?/;
    $most = $1 if $section eq "global" && /^\s+maxconn\s+(\d+)/;
    $at{substr($section, 7) . "/$1"} = "$2:$3" if /^\s+server\s+(\S+)\s+([\d.]+):(\d+)/;
  }
  while (<$haproxy>) {
    s/\s+$//;
    $read = time - $1 >= $changed if /^Uptime_sec: (\d+)/;
    push @strays, "$1 connections at most" if $read && /^Maxconn: (\d+)/ && defined $most && $1 != $most;
    if (s/^# //) { @names = split /[ ,]/; next }
    my %of;
    @of{@names} = split /[ ,]/, $_, -1;
    my $server = "$of{be_name}/$of{srv_name}";
    if (defined $of{srv_admin_state}) {
      my $address = "$of{srv_addr}:$of{srv_port}";
      push @strays, "$server at $address" if $read && ($at{$server} // $address) ne $address;
      push @strays, "$server in maintenance" if $of{srv_admin_state} & 1;
      push @strays, "$server drained" if $of{srv_admin_state} & 8;
      push @strays, "$server with weight $of{srv_uweight}" if $of{srv_uweight} != $of{srv_iweight};
      push @strays, "$server not checked" if ($of{srv_check_state} & 6) == 2;
    }
    push @strays, "$of{pxname} closed" if ($of{svname} // "") eq "FRONTEND" && $of{status} !~ /^(OPEN|FULL)$/;
  }
  print join(", ", sort @strays);
`;
