/**
 * Perl, which every Debian has, that makes the observations of units (see systemd.ts for its keys). Even for a few
 * properties systemctl makes systemd compute all of each unit: that was half of the work on a host that had nothing to
 * do. This asks for the few only, over the same socket, each once. If it cannot, it prints nothing and fails. The messages follow the D-Bus specification:
 * byte order (here only little-endian), type, flags, version, length, serial and fields, then the body. Types 2 and 3
 * are a reply and an error, 4 is a signal. Field 5 says which call is answered.
 *
 * For a key `UNIT:since:VERB:FILE:FILE` it also compares times (see `sinceRead` in systemd.ts). What a unit read, it read
 * when its start began, or if a reload is enough, at the end of its last one: StateChange, if that is not its start. If the
 * clock was set since, that time is counted back from now by the monotonic clock. `find` gives the files' times because
 * the perl of every Debian knows whole seconds only, and gives "now" by the same clock, as the time of the file in the
 * first argument. The kernel takes a file's time from its last tick, so a hundredth of a second later is no later. Times
 * that are still to come say nothing.
 */
export function unitsInPerl(): string {
  return String.raw`
    alarm 10;
    socket(my $systemd, 1, 1, 0) or exit 1;
    connect($systemd, pack("Sa108", 1, "/run/systemd/private")) or exit 1;

    sub padded { my ($bytes, $to) = @_; $bytes . "\0" x (-length($bytes) % $to) }
    sub text { pack("V/ax", @_) }
    sub field { my ($code, $type, $value) = @_; pack("CCaC", $code, 1, $type, 0) . $value }
    sub call {
      my ($serial, $path, $name) = @_;
      my $body = padded(text("org.freedesktop.systemd1.Unit"), 4) . text($name);
      my $fields = padded(field(1, "o", text($path)), 8) .
        padded(field(2, "s", text("org.freedesktop.DBus.Properties")), 8) .
        padded(field(3, "s", text("Get")), 8) .
        field(8, "g", pack("C/ax", "ss"));
      padded(pack("aCCCVVV/a", "l", 1, 0, 1, length $body, $serial, $fields), 8) . $body
    }

    sub strings {
      my ($rest) = @_;
      my @all;
      while (length $rest) {
        push @all, unpack "V/a", $rest;
        my $size = 5 + length $all[-1];
        $rest = substr $rest . "\0" x 4, $size + -$size % 4;
        $rest = "" unless $rest =~ /[^\0]/;
      }
      "@all"
    }

    my @times = qw(ActiveEnterTimestamp InactiveExitTimestamp StateChangeTimestamp);
    push @times, map { $_ . "Monotonic" } @times[1, 2];
    my (%serial, %answer, $now, $up, %changed);
    my $clock = shift;

    sub files { my ($key) = @_; $key =~ /:since:\w+:(.*)/ ? map { s/%(..)/chr hex $1/ger } split /:/, $1 : () }

    sub overrides {
      my ($key, %of) = @_;
      my ($id) = split /:/, $key;
      my @by_hand = grep { !m{/quintet(-[^/]*)?\.conf$} && m{^/(etc/systemd|run/systemd/system).*/\Q$id\E\.d/} }
        split / /, $of{DropInPaths};
      my ($file) = $of{FragmentPath} =~ m{^/(?:etc|run)/.*/([^/]+)$};
      push @by_hand, $of{FragmentPath} if $of{LoadState} ne "masked" && defined $file && -e "/usr/lib/systemd/system/$file";
      "@by_hand"
    }

    sub shown {
      my (%of) = @_;
      my $unmet = $of{ActiveState} eq "inactive" && $of{ConditionResult} eq "no" && $of{ConditionTimestampMonotonic};
      ($unmet ? "unmet" : $of{ActiveState} eq "reloading" ? "active" : $of{ActiveState}) . ":$of{UnitFileState}:"
    }

    sub since {
      my ($key, %of) = @_;
      $of{ActiveState} =~ /^(active|reloading)$/ && !overrides($key, %of) or return "";
      my ($entered, @read) = @of{@times};
      my $reloaded = $key =~ /:since:reload:/ && $read[1] > $entered;
      my ($read, $counted) = $reloaded ? @read[1, 3] : @read[0, 2];
      $read /= 1e6;
      $counted = $now - $up + $counted / 1e6;
      $read = $counted if abs($read - $counted) > 1;
      my ($newest) = sort { $changed{$b} <=> $changed{$a} } grep { ($changed{$_} // $now) < $now } files($key);
      defined $newest && $changed{$newest} > $read - 0.01 ? "before $newest" : "as it is"
    }

    if (my @files = map { files($_) } @ARGV) {
      open(my $touched, ">", $clock) or exit 1;
      close $touched;
      open(my $uptime, "<", "/proc/uptime") or exit 1;
      ($up) = split / /, <$uptime>;
      open(my $found, "-|", "find", $clock, @files, qw(-maxdepth 0 -printf), '%C@\t%p\n') or exit 1;
      while (<$found>) { chomp; my ($time, $path) = split /\t/; $changed{$path} = $time }
      $now = $changed{$clock};
    }

    my %asked = (
      "" => [qw(ActiveState UnitFileState ConditionResult ConditionTimestampMonotonic)],
      read => [qw(LoadState NeedDaemonReload)],
      overridden => [qw(LoadState FragmentPath DropInPaths)],
    );
    $asked{since} = ["ActiveState", @times, @{$asked{overridden}}];
    my $calls = "\0AUTH EXTERNAL 30\r\nBEGIN\r\n";
    my @questions = map { [$_, (split /:/), ""] } @ARGV;
    for (@questions) {
      my ($key, $id, $what) = @$_;
      (my $path = $id) =~ s/(^\d|[^A-Za-z0-9])/sprintf "_%02x", ord $1/ge;
      for my $name (@{$asked{$what}}) {
        next if $serial{"$id $name"};
        $serial{"$id $name"} = 1 + keys %serial;
        $calls .= call($serial{"$id $name"}, "/org/freedesktop/systemd1/unit/$path", $name);
      }
    }
    syswrite($systemd, $calls) == length $calls or exit 1;
    <$systemd> =~ /^OK / or exit 1;

    while (keys %answer < keys %serial) {
      read($systemd, my $head, 16) == 16 or exit 1;
      my ($order, $type, $length, $fields) = (unpack "aCCCVVV", $head)[0, 1, 4, 6];
      $order eq "l" or exit 1;
      read($systemd, my $rest, $fields + -$fields % 8 + $length) or exit 1;
      next if $type == 4;
      my $body = substr $rest, -$length, $length;
      my ($call) = substr($rest, 0, $fields) =~ /\x05\x01u\0(.{4})/s or exit 1;
      $answer{unpack "V", $call} = $type == 3 ? ""
        : $body =~ /^\x01s/ ? unpack "x4V/a", $body
        : $body =~ /^\x01b/ ? (unpack("x4V", $body) ? "yes" : "no")
        : $body =~ /^\x01t/ ? unpack("x8Q<", $body)
        : $body =~ /^\x02as/ ? strings(substr $body, 8) : exit 1;
    }
    for (@questions) {
      my ($key, $id, $what) = @$_;
      my %of = map { ($_ => $answer{$serial{"$id $_"}}) } @{$asked{$what}};
      my $seen = $what eq "since" ? since($key, %of)
        : $what eq "overridden" ? overrides($key, %of)
        : $what eq "read" ? "::" . ($of{LoadState} eq "error" ? "yes" : $of{NeedDaemonReload}) : shown(%of);
      print "unit\t$key\t$seen\n";
    }
  `;
}
