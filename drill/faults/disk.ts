import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Fault } from "../fault.ts";
import type { Machines } from "../machines.ts";

/**
 * A primary without room for another write. Machines of the lab share the box's disk, so its data are put on one of their own
 * before: a small one in memory. That is done while it is the standby.
 */
export const DISK: readonly Fault[] = [
  {
    ...{ name: "the primary's disk is full", rounds: 5, goal: 6, seconds: 10 },
    async prepare(machines, { standby }) {
      await machines.run(standby, SMALL);
      await machines.whole(SECONDS);
      await switchover(machines, standby);
    },
    bring: (machines, { primary }) => machines.run(primary, FILL),
    heal: (machines, { primary }) => machines.run(primary, `rm -f ${DATA}/filler`),
    async restore(machines) {
      for (const host of machines.names("database")) await machines.run(host, USUAL);
    },
  },
];

// --- internal ---

const DATA = "/var/lib/mysql";
const ASIDE = "/run/drill-data";
const SECONDS = 180;

const SMALL = `set -e
  systemctl stop mysql
  megabytes=$(($(du -sm ${DATA} | cut -f 1) + 48))
  mkdir -p ${ASIDE}
  mount --bind ${DATA} ${ASIDE}
  mount -t tmpfs -o size=\${megabytes}M,mode=0750,uid=$(id -u mysql),gid=$(id -g mysql) drill ${DATA}
  cp -a ${ASIDE}/. ${DATA}/
  systemctl start mysql`;

const FILL = `fallocate -l "$(df --output=avail --block-size=1 ${DATA} | tail -n 1)" ${DATA}/filler`;

/** Its older data are enough: the rest comes from the primary. */
const USUAL = `[ "$(stat -f -c %T ${DATA})" = tmpfs ] || exit 0
  systemctl stop mysql
  umount ${DATA} ${ASIDE}
  systemctl start mysql`;

async function switchover({ inventory }: Machines, to: string): Promise<void> {
  await promisify(execFile)("npm", ["run", "-s", "switchover", "--", "-i", inventory.file, "--to", to]);
}
