import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readlinkSync } from "node:fs";
import { FailedError } from "../../engine/util/errors.ts";
import { attempt, run, waitUntil } from "../../lab/run.ts";
import { applySettings, settingsNow } from "../../lab/settings.ts";

/** Whether this is the process that `inOwnNetwork` started. */
export const isInOwnNetwork = process.env["QUINTET_OWN_NETWORK"] === "1";

/**
 * Runs this script again in its own network namespace, with NAT through this box, and returns its exit code. So
 * libvirt's bridges never meet the lab's. If this process is killed, no interface is left, because a namespace goes
 * with its last process. Only an nftables table stays until the next run. With `keep`, the machines keep their network
 * and the NAT if something fails.
 */
export async function inOwnNetwork(keep: boolean): Promise<number> {
  const settings = settingsNow();
  const child = startInside();
  let kept = false;
  try {
    await attempt("making a network for the virtual machines", () => connect(child));
    child.stdin?.end("go\n");
    const code = await new Promise<number>((resolve) => child.once("exit", (code) => resolve(code ?? 130)));
    kept = keep && code !== 0;
    if (kept)
      console.log("kept; to enter their network: nsenter --net --target $(pgrep -o qemu-system) -- bash");
    return code;
  } finally {
    child.kill();
    if (!kept) {
      await run({ nothrow: true })`nft delete table inet ${TABLE}`;
      applySettings(settings);
    }
  }
}

// --- internal ---

const TABLE = "quintet_vagrant";
const [OUTSIDE, INSIDE] = ["qv-box", "qv-machines"];
const SUBNET = "10.56.56.0/30";
const [GATEWAY, ADDRESS] = ["10.56.56.1", "10.56.56.2"];

// A new sysfs shows libvirt the bridges of the new network namespace. The old one would show it this box's bridges.
const ENTER = `read -r go
mount -t sysfs sysfs /sys
ip link set lo up
ip address add ${ADDRESS}/30 dev ${INSIDE}
ip link set ${INSIDE} up
ip route add default via ${GATEWAY}
exec "$0" "$@"`;

const RULES = `table inet ${TABLE} {
  chain way-out {
    type nat hook postrouting priority srcnat
    ip saddr ${SUBNET} ip daddr != ${SUBNET} masquerade
  }
  chain clamp {
    type filter hook forward priority mangle
    ip saddr ${SUBNET} tcp flags syn tcp option maxseg size set rt mtu
  }
}
`;

function startInside(): ChildProcess {
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  return spawn(
    "unshare",
    ["--net", "--mount", "--propagation", "slave", "--", "sh", "-euc", ENTER, ...again],
    { stdio: ["pipe", "inherit", "inherit"], env: { ...process.env, QUINTET_OWN_NETWORK: "1" } },
  );
}

async function connect({ pid }: ChildProcess) {
  const networkOf = (process: number | "self") => readlinkSync(`/proc/${process}/ns/net`);
  const apart = () => pid !== undefined && existsSync(`/proc/${pid}`) && networkOf(pid) !== networkOf("self");
  if (!(await waitUntil(5, apart))) throw new FailedError("unshare --net made no network of its own");
  await run({ nothrow: true })`ip link delete ${OUTSIDE}`;
  await run`ip link add ${OUTSIDE} type veth peer name ${INSIDE} netns ${pid}`;
  await run`ip address add ${GATEWAY}/30 dev ${OUTSIDE}`;
  await run`ip link set ${OUTSIDE} up`;
  await run({ nothrow: true })`nft delete table inet ${TABLE}`;
  await run({ input: RULES })`nft -f -`;
  applySettings({ "/proc/sys/net/ipv4/ip_forward": "1" });
}
