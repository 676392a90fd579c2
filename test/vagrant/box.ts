import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { bootstrap, digestOf, type Recipe } from "../../lab/bootstrap.ts";
import { attempt, run } from "../../lab/run.ts";
import { boxAptOptions, boxMirror, sourcesFor } from "../../lab/sources.ts";
import { removeVolumes } from "./libvirt.ts";

const SUITE = "trixie";

// What Debian 13's installer installs, with OpenSSH: a kernel, AppArmor, ifupdown and so on.
const PACKAGES = [
  ...["linux-image-cloud-amd64", "initramfs-tools", "systemd-sysv", "dbus", "libpam-systemd", "udev", "kmod"],
  ...["apparmor", "ifupdown", "dhcpcd-base", "iproute2", "procps", "netbase", "ca-certificates"],
  ...["openssh-server", "sudo", "rsync", "less", "cron", "unattended-upgrades", "systemd-timesyncd"],
];

const MODULES = ["virtio_pci", "virtio_blk", "virtio_net", "ext4"];

/**
 * Makes sure that there is a Vagrant box for libvirt with Debian 13, and returns its name. If there is no box of this
 * recipe yet, builds one from this computer's apt mirror and adds it to Vagrant. That takes a minute or two, so `say`
 * gets a line about it.
 */
export async function ensureBox(
  directory: string,
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<string> {
  const recipe = {
    suite: SUITE,
    sources: sourcesFor(SUITE, boxMirror()),
    options: boxAptOptions(),
    packages: PACKAGES,
    finish: readFileSync(join(FILES, "finish.sh"), "utf8"),
  };
  const vagrantfile = readFileSync(join(FILES, "Vagrantfile"), "utf8");
  const name = `quintet-${SUITE}-${digestOf(recipe, MODULES, SIZE_GB, vagrantfile)}`;
  const vagrant = run({ env });
  const { stdout: boxes } = await attempt("vagrant box list", () => vagrant`vagrant box list`);
  if (boxes.split("\n").some((line) => line.startsWith(`${name} `))) return name;

  await prune(boxes, env);
  say(`building ${name}: Debian 13 with a kernel of its own, from ${boxMirror().archive}`);
  const work = join(directory, `building-${process.pid}`);
  try {
    await build(work, { ...recipe, publicKey: await vagrantsKey(env), finishArguments: MODULES });
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
const FILES = join(import.meta.dirname, "box");

/** The public half of Vagrant's insecure key. At the first boot Vagrant replaces it with a new key. */
async function vagrantsKey({ VAGRANT_HOME }: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await attempt(
    "reading Vagrant's insecure key",
    () =>
      run`ssh-keygen -y -f ${join(VAGRANT_HOME ?? join(homedir(), ".vagrant.d"), "insecure_private_key")}`,
  );
  return stdout.trim();
}

/** Removes boxes of older recipes, and libvirt's volumes of them. */
async function prune(boxes: string, env: NodeJS.ProcessEnv) {
  const old = boxes.split("\n").flatMap((line) => /^quintet-\S+/.exec(line) ?? []);
  for (const name of old) await run({ env })`vagrant box remove --force ${name}`;
  await removeVolumes("quintet-");
}

async function build(work: string, recipe: Recipe) {
  const root = join(work, "root");
  const box = join(work, "box");
  const image = join(work, "disk.raw");
  mkdirSync(box, { recursive: true });
  await bootstrap(root, recipe);
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
  cpSync(join(FILES, "Vagrantfile"), join(box, "Vagrantfile"));
  await attempt(
    "packing the box",
    () => run`tar -C ${box} -cf ${join(work, "quintet.box")} ${readdirSync(box)}`,
  );
}
