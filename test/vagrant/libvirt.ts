import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FailedError } from "../../engine/util/errors.ts";
import { attempt, run, waitUntil } from "../../lab/run.ts";

/** Whether systemd runs here. If so, it manages libvirt, and libvirt uses this box's own network. */
export const hasSystemd = existsSync("/run/systemd/system");

/**
 * Makes sure that libvirt runs. Returns a function that stops what was started here. If systemd runs, it starts the
 * daemons and keeps them. Otherwise they are started here. QEMU then runs as root, without cgroups and namespaces,
 * because these need systemd too.
 */
export async function ensureLibvirt(directory: string): Promise<() => void> {
  if (await answers()) return () => {};
  if (hasSystemd) {
    await attempt("starting libvirtd", () => run`systemctl start virtlogd libvirtd`);
    return () => {};
  }
  mkdirSync(directory, { recursive: true });
  const settings = join(directory, "qemu.conf");
  writeFileSync(settings, QEMU_CONF);
  const daemons = [await daemon("virtlogd"), await daemon("libvirtd", settings)];
  const stop = () => {
    for (const { pid } of daemons) if (pid && existsSync(`/proc/${pid}`)) process.kill(pid);
  };
  if (await waitUntil(20, answers)) return stop;
  stop();
  throw new FailedError(
    "libvirtd was started, but does not answer within 20 s; to see why: virsh -c qemu:///system version",
  );
}

/** Removes the volumes of boxes whose names begin so. libvirt keeps them after `vagrant box remove`. */
export async function removeVolumes(prefix: string): Promise<void> {
  const { stdout } = await run({ nothrow: true })`virsh -c qemu:///system vol-list default`;
  const names = stdout.split("\n").flatMap((line) => line.trim().split(/\s+/)[0] ?? []);
  for (const name of names.filter((name) => name.startsWith(prefix)))
    await run`virsh -c qemu:///system vol-delete --pool default ${name}`;
}

// --- internal ---

const QEMU_CONF = `user = "root"
group = "root"
security_driver = "none"
cgroup_controllers = [ ]
namespaces = [ ]
remember_owner = 0
`;

const answers = async () =>
  (await run({ nothrow: true, timeout: "10s" })`virsh -c qemu:///system version`).exitCode === 0;

// The daemon gets its own mount namespace, with its settings mounted over this box's. So no file of this box changes.
async function daemon(name: string, settings?: string): Promise<{ pid: number | undefined }> {
  const mount = settings ? `mount --bind '${settings}' /etc/libvirt/qemu.conf && ` : "";
  const child = run({
    detached: true,
    stdio: "ignore",
    nothrow: true,
  })`unshare --mount --propagation slave sh -c ${`${mount}exec ${name}`}`;
  return { pid: child.pid };
}
