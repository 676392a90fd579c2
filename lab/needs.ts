import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { RefusedError } from "../engine/util/errors.ts";
import { canInstall, installPackages, missingPackages } from "./packages.ts";
import { run } from "./run.ts";

/** Commands that the lab calls, and the Debian package of each. */
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
 * Makes sure that the lab can run on this box, and installs missing Debian packages. Throws a RefusedError that tells
 * what is missing and what to do. `say` gets a line about what is installed.
 */
export async function checkNeeds(say: (line: string) => void): Promise<void> {
  checkPlatform();
  await checkPackages(say);
  await checkKernel();
}

/** Checks what takes no time to check: that this is Linux, and that we are root. */
export function checkPlatform(platform: string = process.platform, uid = process.getuid?.()): void {
  if (platform !== "linux") {
    throw new RefusedError(
      `the lab needs a Linux kernel, and this is ${platform}; ` +
        "use Vagrant instead: vagrant up && npm run provision",
    );
  }
  if (uid !== 0) {
    const packages = missing();
    const install = packages.length === 0 ? "" : `sudo apt-get install ${packages.join(" ")} && `;
    throw new RefusedError(
      `the lab boots machines and makes a network, so it needs root: ${install}sudo npm run lab -- up`,
    );
  }
}

// --- internal ---

function missing(): string[] {
  const packages = missingPackages(COMMANDS);
  return existsSync(KEYRING) ? packages : [...packages, "debian-archive-keyring"];
}

async function checkPackages(say: (line: string) => void) {
  const packages = missing();
  if (packages.length === 0) return;
  if (!canInstall()) {
    throw new RefusedError(
      `the lab needs the Debian packages ${packages.join(", ")}; install the same with this system's package manager`,
    );
  }
  await installPackages(packages, say);
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
