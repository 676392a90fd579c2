import { type Text, verbatim } from "../../../engine/index.ts";

/** Script that keeps the states of the servers for the process that comes after a reload. */
export const KEEP_STATES = "/usr/local/lib/haproxy/keep-states";
/** Where it keeps them. It is gone after a restart, which forgets what was set by hand. */
export const STATES = "/run/haproxy/states";
/** If this file is there, the next reload forgets what was set by hand, too. */
export const FORGET = "/run/haproxy/forget";

/**
 * Servers that are down, drained or in maintenance stay so when HAProxy reloads. Format as in HAProxy's management guide,
 * "show servers state". A server that has another address in the new file begins anew: HAProxy would keep its old port.
 */
export default (): Text =>
  verbatim(String.raw`#!/usr/bin/perl
# Written by Quintet (role haproxy); changes made here are overwritten.
use strict;
use warnings;

my ($section, %at, @kept) = ("");
open(my $file, "<", "/etc/haproxy/haproxy.cfg") or die "haproxy.cfg: $!\n";
while (<$file>) {
  $section = $2 // "" if /^(\w+)(?:\s+(\S+))?/;
  $at{"$section/$1"} = "$2:$3" if /^\s+server\s+(\S+)\s+([\d.]+):(\d+)/;
}
unless (unlink "${FORGET}") {
  alarm 5;
  socket(my $haproxy, 1, 1, 0) or die "socket: $!\n";
  connect($haproxy, pack("Sa108", 1, "/run/haproxy/admin.sock")) or die "admin.sock: $!\n";
  syswrite $haproxy, "show servers state\n";
  while (<$haproxy>) {
    my @of = split;
    push @kept, $_ if @of > 18 && ($at{"$of[1]/$of[3]"} // "") eq "$of[4]:$of[18]";
  }
}
open(my $states, ">", "${STATES}.new") or die "${STATES}.new: $!\n";
print $states "1\n", @kept;
close $states or die "${STATES}.new: $!\n";
rename "${STATES}.new", "${STATES}" or die "${STATES}: $!\n";
`);
