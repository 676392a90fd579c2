import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { attempt, run } from "../../lab/run.ts";
import { boxAptOptions, boxMirror, sourcesFor } from "../../lab/sources.ts";

const SUITE = "trixie";

// What Debian 13 has when its installer has made it, with OpenSSH: a kernel, AppArmor, ifupdown.
const PACKAGES = [
  ...["linux-image-cloud-amd64", "initramfs-tools", "systemd-sysv", "dbus", "libpam-systemd", "udev", "kmod"],
  ...["apparmor", "ifupdown", "dhcpcd-base", "iproute2", "procps", "netbase", "ca-certificates"],
  ...["openssh-server", "sudo", "rsync", "less", "cron", "unattended-upgrades", "systemd-timesyncd"],
];

const MODULES = ["virtio_pci", "virtio_blk", "virtio_net", "ext4"];

/**
 * The name of a Vagrant box for libvirt with Debian 13, built from the mirror that this machine's own apt uses and added
 * to Vagrant, if this very recipe has not been built yet. `say` hears about it, since it takes a minute or two.
 */
export async function ensureBox(
  directory: string,
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<string> {
  const sources = sourcesFor(SUITE, boxMirror());
  const files = ["finish.sh", "Vagrantfile.box"].map((name) =>
    readFileSync(join(import.meta.dirname, name), "utf8"),
  );
  const recipe = JSON.stringify([sources, boxAptOptions(), PACKAGES, MODULES, SIZE_GB, files]);
  const name = `quintet-${SUITE}-${createHash("sha256").update(recipe).digest("hex").slice(0, 8)}`;
  const vagrant = run({ env });
  const { stdout: boxes } = await attempt("vagrant box list", () => vagrant`vagrant box list`);
  if (boxes.split("\n").some((line) => line.startsWith(`${name} `))) return name;

  say(`building ${name}: Debian 13 with a kernel of its own, from ${boxMirror().archive}`);
  const work = join(directory, `building-${process.pid}`);
  try {
    await build(work, sources, await vagrantsKey(env));
    await attempt(
      "vagrant box add",
      () => vagrant`vagrant box add --name ${name} ${join(work, "quintet.box")}`,
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return name;
}

// --- internal ---

const SIZE_GB = 10;

/** Vagrant knows the other half of it, and puts a key of its own in its place at the first boot. */
async function vagrantsKey({ VAGRANT_HOME }: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await attempt(
    "reading Vagrant's insecure key",
    () =>
      run`ssh-keygen -y -f ${join(VAGRANT_HOME ?? join(homedir(), ".vagrant.d"), "insecure_private_key")}`,
  );
  return stdout.trim();
}

async function build(work: string, sources: string, key: string) {
  const root = join(work, "root");
  const box = join(work, "box");
  const image = join(work, "disk.raw");
  mkdirSync(box, { recursive: true });
  writeFileSync(join(work, "debian.sources"), sources);
  const options = boxAptOptions().map((option) => `--aptopt=${option}`);
  const include = `--include=${PACKAGES.join(",")}`;
  await attempt(
    "mmdebstrap",
    () =>
      run`mmdebstrap --mode=root --variant=minbase ${include} ${options} ${SUITE} ${root} ${join(work, "debian.sources")}`,
  );
  await attempt(
    "finishing the box's system",
    () =>
      run({
        input: readFileSync(join(import.meta.dirname, "finish.sh"), "utf8"),
      })`chroot ${root} /bin/sh -s ${[key, ...MODULES]}`,
  );
  rmSync(join(root, "etc/apt/sources.list"), { force: true });
  for (const old of readdirSync(join(root, "etc/apt/sources.list.d")))
    rmSync(join(root, "etc/apt/sources.list.d", old));
  cpSync(join(work, "debian.sources"), join(root, "etc/apt/sources.list.d/debian.sources"));

  for (const [pattern, name] of [
    ["vmlinuz-", "vmlinuz"],
    ["initrd.img-", "initrd"],
  ] as const) {
    const file = readdirSync(join(root, "boot")).find((file) => file.startsWith(pattern)) ?? name;
    cpSync(join(root, "boot", file), join(box, name));
  }
  await attempt("mkfs.ext4", () => run`mkfs.ext4 -q -L root -d ${root} ${image} ${SIZE_GB}G`);
  await attempt("qemu-img", () => run`qemu-img convert -f raw -O qcow2 ${image} ${join(box, "box.img")}`);
  rmSync(image);
  writeFileSync(
    join(box, "metadata.json"),
    JSON.stringify({ provider: "libvirt", format: "qcow2", virtual_size: SIZE_GB }),
  );
  cpSync(join(import.meta.dirname, "Vagrantfile.box"), join(box, "Vagrantfile"));
  await attempt(
    "packing the box",
    () => run`tar -C ${box} -cf ${join(work, "quintet.box")} ${readdirSync(box)}`,
  );
}
