import { RefusedError } from "../../engine/util/errors.ts";
import { canInstall, installPackages, missingPackages } from "../../lab/packages.ts";
import { run } from "../../lab/run.ts";
import { hasSystemd } from "./libvirt.ts";

const COMMANDS = {
  vagrant: "vagrant",
  "qemu-system-x86_64": "qemu-system-x86",
  "qemu-img": "qemu-utils",
  libvirtd: "libvirt-daemon-system",
  virsh: "libvirt-clients",
  dnsmasq: "dnsmasq-base",
  iptables: "iptables",
  nft: "nftables",
  ip: "iproute2",
  mmdebstrap: "mmdebstrap",
  "mkfs.ext4": "e2fsprogs",
} as const;

/**
 * Makes sure that virtual machines can run here, and installs missing Debian packages. Throws a RefusedError if this is
 * not Debian, if we are not root, or if the lab has the addresses that libvirt's network needs on this box.
 */
export async function checkNeeds(say: (line: string) => void): Promise<void> {
  if (!canInstall())
    throw new RefusedError(
      "test:vagrant builds a box and starts QEMU, so it needs root on Debian: sudo npm run test:vagrant",
    );
  const missing = missingPackages(COMMANDS);
  const plugin = await run({ nothrow: true })`dpkg-query -W vagrant-libvirt`;
  if (plugin.exitCode !== 0) missing.push("vagrant-libvirt");
  if (missing.length > 0) await installPackages(missing, say);
  if (hasSystemd) await checkNetwork();
}

// --- internal ---

async function checkNetwork() {
  const { stdout } = await run`ip -oneline -4 address show to 192.168.56.0/24`;
  const [, holder] = stdout.split(/\s+/);
  if (holder !== undefined && !holder.startsWith("virbr"))
    throw new RefusedError(
      `${holder} already has an address in 192.168.56.0/24; if it is the lab: npm run lab -- down`,
    );
}
