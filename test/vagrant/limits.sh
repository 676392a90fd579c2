# Prints the limits of this machine's kernel that many connections meet, and what was lost at them since the boot. Run as root.
at() { echo "$1 $(cat "/proc/sys/net/netfilter/nf_conntrack_$1")"; }
at max
at buckets
at tcp_timeout_time_wait
at count
# The columns have no spaces in their names, and hexadecimal numbers, a line a processor.
perl -ane '
  if ($. == 1) { @names = @F } else { $sum{$names[$_]} += hex $F[$_] for 0 .. $#F }
  END { print "$_ $sum{$_}\n" for "drop", "early_drop" }' /proc/net/stat/nf_conntrack
nstat --zeros --ignore --noupdate TcpExtListenOverflows TcpExtListenDrops TcpExtTCPTimeWaitOverflow |
  awk 'NR > 1 { print $1, $2 }'
grep '^oom_kill ' /proc/vmstat
full='table full|out of memory|bucket table overflow|too many orphaned sockets|SYN flooding'
echo "complaints $(journalctl --quiet --boot --dmesg | grep -ciE "$full")"
echo "files $({ journalctl --quiet --boot; cat /var/log/nginx/error.log 2>/dev/null; } | grep -ci 'too many open files')"
