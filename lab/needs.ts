import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { delimiter, join } from "node:path";
import { RefusedError } from "../engine/errors.ts";
import { attempt, run } from "./run.ts";

/** Commands the lab calls, and the Debian package of each. */
const COMMANDS = {
  "systemd-nspawn": "systemd-container",
  mmdebstrap: "mmdebstrap",
  nft: "nftables",
  ip: "iproute2",
  "ssh-keygen": "openssh-client",
  nsenter: "util-linux",
} as const;

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/**
 * Makes sure that this machine can hold the lab, installing the Debian packages it lacks. Throws RefusedError saying
 * what is missing and what to do; `say` hears what is being installed.
 */
export async function checkNeeds(say: (line: string) => void): Promise<void> {
  checkPlatform();
  await checkPackages(say);
  await checkKernel();
}

/** Installs Debian packages on this box. `say` hears which. */
export async function installPackages(names: readonly string[], say: (line: string) => void): Promise<void> {
  say(`installing ${names.join(", ")} on this box`);
  const apt = run({ env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
  await attempt(`apt-get install ${names.join(" ")}`, async () => {
    await apt`apt-get -q update`;
    await apt`apt-get -q install -y --no-install-recommends ${names}`;
  });
}

/** The part of the needs that costs nothing to check: Linux, and root. */
export function checkPlatform(platform: string = process.platform, uid = process.getuid?.()): void {
  if (platform !== "linux") {
    throw new RefusedError(
      `the lab runs its machines on a Linux kernel, and this is ${platform}. ` +
        "Vagrant is the way here: vagrant up && npm run provision",
    );
  }
  if (uid !== 0) {
    const missing = missingPackages();
    const install = missing.length === 0 ? "" : `sudo apt-get install ${missing.join(" ")} && `;
    throw new RefusedError(
      `the lab boots machines and makes a network, which takes root: ${install}sudo npm run lab -- up`,
    );
  }
}

// --- internal ---

function missingPackages(): string[] {
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  const found = (command: string) => directories.some((directory) => existsSync(join(directory, command)));
  const missing = Object.entries(COMMANDS).flatMap(([command, name]) => (found(command) ? [] : [name]));
  return existsSync(KEYRING) ? missing : [...missing, "debian-archive-keyring"];
}

async function checkPackages(say: (line: string) => void) {
  const missing = missingPackages();
  if (missing.length === 0) return;
  if (!existsSync("/usr/bin/apt-get")) {
    throw new RefusedError(
      `the lab needs what Debian calls ${missing.join(", ")}; install these with this system's package manager`,
    );
  }
  await installPackages(missing, say);
}

async function checkKernel() {
  const [major = 0, minor = 0] = release().split(".").map(Number);
  if (major * 1000 + minor < 5014) {
    throw new RefusedError(`the lab needs Linux 5.14 or newer (cgroup.kill); this is ${release()}`);
  }
  for (const name of ["overlay", "bridge", "veth"]) await run({ nothrow: true })`modprobe --quiet ${name}`;
  const known = readFileSync("/proc/filesystems", "utf8").split(/\s+/);
  const lacking = ["overlay", "cgroup2"].filter((name) => !known.includes(name));
  if (lacking.length > 0) {
    throw new RefusedError(
      `this kernel (${release()}) has no ${lacking.join(" and no ")}; the lab needs both`,
    );
  }
}
