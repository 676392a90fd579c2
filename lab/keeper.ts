import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "./context.ts";

/** Writes the keeper script to a file and returns its path. */
export function writeKeeper(lab: Lab): string {
  const file = join(lab.run, "keeper.sh");
  mkdirSync(lab.run, { recursive: true });
  // A new file replaces the old one, because running keepers may still read that: a shell reads its script as it goes.
  writeFileSync(`${file}.${process.pid}`, KEEPER);
  renameSync(`${file}.${process.pid}`, file);
  return file;
}

// --- internal ---

/**
 * The script that runs one machine: `keeper.sh ID NAME LOWER DISK LOCK`. It runs in its own mount namespace, in the
 * store's directory. Its overlay and cgroup mounts vanish with its last process, so a killed machine leaves no mounts
 * behind. LOWER and DISK are relative paths, because a colon or comma in a path would break mount's options.
 */
const KEEPER = `set -eu
id=$1 name=$2 lower=$3 disk=$4 lock=$5

# Only one keeper for each machine, even if several \`lab up\` run at once.
exec 9>"$lock"
flock --nonblock 9 || exit 0

# systemd in the machine needs pure cgroup2, whatever layout this box has.
umount --recursive --lazy /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
group=/sys/fs/cgroup/quintet-lab/$id/$name
mkdir -p "$group/keeper" "$group/machine"
echo $$ >"$group/keeper/cgroup.procs"

# Enables limits and accounting. Failing is fine: this box may lack some of these controllers in cgroup2.
for directory in /sys/fs/cgroup /sys/fs/cgroup/quintet-lab "/sys/fs/cgroup/quintet-lab/$id" "$group"; do
  for controller in memory pids cpu io; do
    echo "+$controller" >"$directory/cgroup.subtree_control" || :
  done
done 2>/dev/null

mount -t overlay -o "lowerdir=$lower,upperdir=$disk/upper,workdir=$disk/work" quintet "$disk/root"

# systemd-nspawn exits with 133 if the machine rebooted.
status=133
while [ "$status" = 133 ]; do
  while ip link show "vb-$name" >/dev/null 2>&1; do sleep 0.05; done
  status=0
  sh -c 'echo $$ >"$0"; exec "$@"' "$group/machine/cgroup.procs" \\
    env SYSTEMD_NSPAWN_LOCK=0 systemd-nspawn --quiet --directory="$disk/root" --boot \\
    --machine="$name" --hostname="$name" --network-bridge="$id" --register=no --keep-unit --settings=no \\
    --capability=all --drop-capability=CAP_SYS_TIME,CAP_SYS_MODULE,CAP_SYS_RAWIO \\
    --system-call-filter="@keyring bpf perf_event_open" \\
    --link-journal=no --timezone=off --resolv-conf=off --console=pipe 9>&- || status=$?
done
exit "$status"
`;
