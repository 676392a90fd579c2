import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { bootstrap, digestOf, type Recipe } from "./bootstrap.ts";
import { type Lab, labKey } from "./context.ts";
import { attempt, run } from "./run.ts";
import { boxAptOptions, boxMirror, sourcesFor } from "./sources.ts";

const SUITE = "trixie";

// What the roles may expect on every Debian 13. Packages that the roles install are not in here.
const PACKAGES = [
  "systemd-sysv",
  "dbus",
  "libpam-systemd",
  "udev",
  "openssh-server",
  "sudo",
  "iproute2",
  "procps",
  "netbase",
  "ca-certificates",
];

// The masked units could only fail in a container.
const FINISH = `
rm -f /etc/hostname
systemctl --quiet enable systemd-networkd.service
systemctl --quiet mask console-getty.service getty.target systemd-firstboot.service
`;

/**
 * Builds the image that all machines share, unless one of the same recipe exists, and returns its name. Building takes
 * half a minute, so `say` gets a line about it.
 */
export async function ensureImage(lab: Lab, say: (line: string) => void): Promise<string> {
  const publicKey = await ensureKey();
  const recipe = {
    suite: SUITE,
    sources: sourcesFor(SUITE, boxMirror()),
    options: boxAptOptions(),
    packages: PACKAGES,
    publicKey,
    finish: FINISH,
    finishArguments: [],
  };
  const hash = digestOf(recipe);
  const images = join(lab.store, "image");
  if (!existsSync(join(images, hash))) {
    const start = Date.now();
    say(`building the machines' image, which takes half a minute: Debian 13 from ${boxMirror().archive}`);
    await build(images, hash, recipe);
    say(`image ${hash} built in ${((Date.now() - start) / 1000).toFixed(0)} s`);
  }
  return hash;
}

/** Removes all images but the newest one and those below a machine's disk. */
export function pruneImages(lab: Lab, newest: string): void {
  const used = [newest, ...imagesInUse(lab.store)];
  const old = namesIn(join(lab.store, "image")).filter((name) => !used.includes(name) && !isBeingBuilt(name));
  for (const name of old) rmSync(join(lab.store, "image", name), { recursive: true, force: true });
}

// --- internal ---

// Looks at all labs of this checkout: another lab's machines may use an image too.
function imagesInUse(store: string): string[] {
  const disks = namesIn(store).flatMap((lab) =>
    namesIn(join(store, lab)).map((name) => join(store, lab, name)),
  );
  const files = disks
    .map((disk) => join(disk, "image"))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
  return files.map((file) => readFileSync(file, "utf8").trim());
}

const namesIn = (directory: string) =>
  statSync(directory, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(directory) : [];

const isBeingBuilt = (name: string) => existsSync(`/proc/${/^building-(\d+)/.exec(name)?.[1] ?? "none"}`);

async function ensureKey(): Promise<string> {
  if (!existsSync(labKey)) {
    mkdirSync(dirname(labKey), { recursive: true });
    await attempt("ssh-keygen", () => run`ssh-keygen -q -t ed25519 -N "" -C quintet-lab -f ${labKey}`);
    giveToCaller([dirname(dirname(labKey)), dirname(labKey), labKey, `${labKey}.pub`]);
  }
  return readFileSync(`${labKey}.pub`, "utf8").trim();
}

// If the lab runs under sudo, the person behind it must be able to use the key without sudo.
function giveToCaller(paths: string[]) {
  const { SUDO_UID, SUDO_GID } = process.env;
  if (!SUDO_UID || !SUDO_GID) return;
  for (const path of paths) chownSync(path, Number(SUDO_UID), Number(SUDO_GID));
}

async function build(images: string, hash: string, recipe: Recipe) {
  const scratch = join(images, `building-${process.pid}`);
  mkdirSync(images, { recursive: true });
  try {
    await bootstrap(scratch, recipe);
    renameSync(scratch, join(images, hash));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
