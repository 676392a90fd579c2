import { type Fact, fact } from "../../engine/model/fact.ts";
import { sh } from "../../engine/template/shell.ts";

const oneLine = (output: string) => output.trim();

/** What `npm run facts` shows of every host. */
export const hostFacts: readonly Fact<string>[] = [
  fact("system", sh`. /etc/os-release; echo "$PRETTY_NAME, $(uname -m), Linux $(uname -r)"`, oneLine),
  fact("up since", sh`uptime -s`, oneLine),
  fact(
    "load",
    sh`read -r one five fifteen rest </proc/loadavg; echo "$one $five $fifteen on $(nproc) processors"`,
    oneLine,
  ),
  fact(
    "memory",
    sh`awk '/MemTotal/ { total = $2 } /MemAvailable/ { free = $2 } END { printf "%d of %d MiB available\n", free / 1024, total / 1024 }' /proc/meminfo`,
    oneLine,
  ),
  fact("disk", sh`df -h --output=avail,size / | awk 'END { print $1 " of " $2 " free" }'`, oneLine),
  fact("addresses", sh`ip -o -4 addr show scope global | awk '{ print $2 " " $4 }' | paste -sd, -`, oneLine),
  fact(
    "state",
    sh`systemctl is-system-running; systemctl --failed --plain --no-legend | awk '{ print $1 }'`,
    (output) => output.trim().replaceAll("\n", ", "),
  ),
  fact(
    "services",
    sh`systemctl is-active haproxy keepalived nsd nginx foobar.service etcd mysql | paste -sd' ' -`,
    (output) => {
      const states = output.trim().split(" ");
      const names = ["haproxy", "keepalived", "nsd", "nginx", "app", "etcd", "mysql"];
      return names.filter((_, index) => states[index] === "active").join(", ") || "none of ours";
    },
  ),
  fact("last run", sh`journalctl -t quintet -n 1 -o cat --no-pager 2>/dev/null`, oneLine),
];
