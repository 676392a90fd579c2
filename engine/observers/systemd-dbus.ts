/**
 * Perl, which every Debian has, that answers as `systemctl show` does. Even for a few properties systemctl makes
 * systemd compute all of each unit: that was half of the work on a host that had nothing to do. This asks for the few
 * only, over the same socket. If it cannot, it prints nothing and fails. The messages follow the D-Bus specification:
 * byte order (here only little-endian), type, flags, version, length, serial and fields, then the body. Types 2 and 3
 * are a reply and an error, 4 is a signal. Field 5 says which call is answered.
 *
 * For a key `UNIT:since:VERB:FILE:FILE` it also compares times (see `sinceRead` in systemd.ts). What a unit read, it read
 * when its start began, or if a reload is enough, at the end of its last one: StateChange, if that is not its start. These
 * times are monotonic, and counted back from now, so that a clock that was wrong at boot does not matter. `find` gives
 * the files' times because the perl of every Debian knows whole seconds only, and gives "now" by the same clock, as the
 * time of the file in the first argument. Times that are still to come say nothing.
 */
export function systemctlShow(): string {
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

    my @times = map { $_ . "TimestampMonotonic" } qw(ActiveEnter InactiveExit StateChange);
    my (@blocks, %answer, $serial, $now, $up, %changed);
    my $clock = shift;

    sub files { my ($key) = @_; $key =~ /:since:\w+:(.*)/ ? map { s/%(..)/chr hex $1/ger } split /:/, $1 : () }

    sub since {
      my ($key, %of) = @_;
      $of{ActiveState} =~ /^(active|reloading)$/ or return "";
      my ($entered, $began, $changed) = @of{@times};
      my $read = $now - $up + ($key =~ /:since:reload:/ && $changed > $entered ? $changed : $began) / 1e6;
      my ($newest) = sort { $changed{$b} <=> $changed{$a} } grep { ($changed{$_} // $now) < $now } files($key);
      defined $newest && $changed{$newest} > $read ? "before $newest" : "as it is"
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

    my $calls = "\0AUTH EXTERNAL 30\r\nBEGIN\r\n";
    for my $key (@ARGV) {
      my ($path, $what) = $key =~ /^(.*?)(?::(read|overridden|since)\b.*)?$/;
      my @names = !$what ? qw(ActiveState UnitFileState ConditionResult ConditionTimestampMonotonic)
        : $what eq "read" ? qw(LoadState NeedDaemonReload)
        : ($what eq "since" ? ("ActiveState", @times) : (), qw(LoadState FragmentPath DropInPaths));
      $path =~ s/(^\d|[^A-Za-z0-9])/sprintf "_%02x", ord $1/ge;
      push @blocks, [map { [$_, ++$serial] } @names];
      $calls .= call($$_[1], "/org/freedesktop/systemd1/unit/$path", $$_[0]) for @{$blocks[-1]};
    }
    syswrite($systemd, $calls) == length $calls or exit 1;
    <$systemd> =~ /^OK / or exit 1;

    while (keys %answer < $serial) {
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
    for my $key (@ARGV) {
      my %of = map { ($$_[0] => $answer{$$_[1]}) } @{shift @blocks};
      $of{Since} = since($key, %of) if $key =~ /:since:/;
      print map({ "$_=$of{$_}\n" } keys %of), "\n";
    }
  `;
}
